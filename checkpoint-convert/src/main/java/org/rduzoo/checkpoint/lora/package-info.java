/// Adapters of low rank in the form of Hugging Face's PEFT.
@NullMarked
package org.rduzoo.checkpoint.lora;

import org.jspecify.annotations.NullMarked;
