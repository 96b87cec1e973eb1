@NullMarked
package org.rduzoo.backend.fusion;

import org.jspecify.annotations.NullMarked;
