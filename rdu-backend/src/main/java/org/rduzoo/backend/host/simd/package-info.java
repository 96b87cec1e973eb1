/// The kernels of [org.rduzoo.backend.host.kernel] by the Vector API. No other package imports it.
@NullMarked
package org.rduzoo.backend.host.simd;

import org.jspecify.annotations.NullMarked;
