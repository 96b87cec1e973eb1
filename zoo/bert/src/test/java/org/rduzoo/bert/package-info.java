@NullMarked
package org.rduzoo.bert;

import org.jspecify.annotations.NullMarked;
