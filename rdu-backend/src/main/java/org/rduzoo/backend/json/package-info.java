/// JSON read and written without binding: small trees, the same text for the same tree.
@NullMarked
package org.rduzoo.backend.json;

import org.jspecify.annotations.NullMarked;
