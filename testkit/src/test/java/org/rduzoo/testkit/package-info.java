@NullMarked
package org.rduzoo.testkit;

import org.jspecify.annotations.NullMarked;
