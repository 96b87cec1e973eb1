@NullMarked
package org.rduzoo.examples;

import org.jspecify.annotations.NullMarked;
