/// Conversations to prompts: a checkpoint's chat template, rendered as Hugging Face's transformers does.
///
/// `ChatTemplate` is the way in. A template is Jinja: [Lexer] and [Parser] turn its text into [Statement]s and
/// [Expression]s, [Interpreter] and [Evaluator] walk them over Python's values, and a [Budget] bounds what it may cost.
@NullMarked
package org.rduzoo.runners.chat;

import org.jspecify.annotations.NullMarked;
