/// Programs to begin with: a model, its options and its training loop in one file each.
@NullMarked
package org.rduzoo.examples;

import org.jspecify.annotations.NullMarked;
