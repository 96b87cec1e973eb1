/// The host engine: it executes a PEF on this machine's processor.
@NullMarked
package org.rduzoo.backend.host;

import org.jspecify.annotations.NullMarked;
