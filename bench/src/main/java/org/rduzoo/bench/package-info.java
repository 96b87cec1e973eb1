/// How fast the host engine is, measured with JMH.
@NullMarked
package org.rduzoo.bench;

import org.jspecify.annotations.NullMarked;
