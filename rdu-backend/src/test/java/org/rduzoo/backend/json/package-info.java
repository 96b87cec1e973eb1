@NullMarked
package org.rduzoo.backend.json;

import org.jspecify.annotations.NullMarked;
