package org.rduzoo.backend.section;

/// Bytes of a value that a section moves between chip and memory in one run.
///
/// @param value its number
/// @param bytes of the value that are moved
/// @param write whether they go to memory
/// @param weight whether the value is a parameter, or made of parameters alone
/// @param scattered whether they do not follow each other, as rows of a table that are looked up
public record Access(int value, long bytes, boolean write, boolean weight, boolean scattered) {}
