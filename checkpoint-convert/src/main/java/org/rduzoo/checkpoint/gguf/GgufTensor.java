package org.rduzoo.checkpoint.gguf;

import org.rduzoo.ir.Shape;

/// One tensor of a GGUF file, by the name it has there.
///
/// @param shape outermost dimension first, as in Hugging Face's weights; the file lists them the other way
/// round
/// @param offset where its data begin, in bytes from the start of the file
/// @param bytes size of its data
public record GgufTensor(String name, Shape shape, GgufType type, long offset, long bytes) {}
