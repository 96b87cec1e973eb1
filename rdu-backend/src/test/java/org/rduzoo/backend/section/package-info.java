@NullMarked
package org.rduzoo.backend.section;

import org.jspecify.annotations.NullMarked;
