/// Data that programs write, with the rules that tell right answers from wrong ones, and what simpler models make of
/// it.
@NullMarked
package org.rduzoo.runners.synthetic;

import org.jspecify.annotations.NullMarked;
