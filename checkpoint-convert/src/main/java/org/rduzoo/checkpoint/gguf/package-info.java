/// Checkpoints in GGUF, the file format of llama.cpp: the file itself, its quantised types, and how its
/// names, settings and vocabulary become those of a Hugging Face folder.
@NullMarked
package org.rduzoo.checkpoint.gguf;

import org.jspecify.annotations.NullMarked;
