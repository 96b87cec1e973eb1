package org.rduzoo.runners.generate;

/// How the next token is chosen from the scores.
///
/// @param temperature what scores are divided by; 0 takes the best one
/// @param topK how many of the best tokens are considered; 0 for all
/// @param topP the best tokens are considered until their probabilities reach this
/// @param repetitionPenalty what scores of tokens that were there before are divided by, or multiplied with if negative
/// @param seed of the random numbers; each text has its own, so that a batch is what single runs are
public record Sampling(double temperature, int topK, double topP, double repetitionPenalty, long seed) {

    /// The best token each time.
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 1, 0);
}
