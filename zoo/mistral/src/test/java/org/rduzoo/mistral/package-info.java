@NullMarked
package org.rduzoo.mistral;

import org.jspecify.annotations.NullMarked;
