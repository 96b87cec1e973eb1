/// What the host engine and its kernels agree on about this machine: what its processor can do, and the form of work
/// that its threads share. It knows no other package of the engine.
@NullMarked
package org.rduzoo.backend.host.machine;

import org.jspecify.annotations.NullMarked;
