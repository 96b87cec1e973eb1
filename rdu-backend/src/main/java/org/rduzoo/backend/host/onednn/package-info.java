/// The native library oneDNN, called through `java.lang.foreign`: found, unpacked, loaded, and of its functions those
/// that the engine uses.
@NullMarked
package org.rduzoo.backend.host.onednn;

import org.jspecify.annotations.NullMarked;
