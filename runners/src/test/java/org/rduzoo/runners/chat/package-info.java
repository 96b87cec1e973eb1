@NullMarked
package org.rduzoo.runners.chat;

import org.jspecify.annotations.NullMarked;
