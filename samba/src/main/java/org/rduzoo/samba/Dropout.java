package org.rduzoo.samba;

/// Zeros that training puts in the place of some numbers, anew each step, while the others are raised for it
/// (Srivastava et al. 2014).
///
/// @param input the graph's input that holds the probability in each run
/// @param usual the probability that the model is meant to be trained with: without one, nothing is ever dropped
public record Dropout(String input, double usual) {

    public static final Dropout NONE = new Dropout("", 0);
}
