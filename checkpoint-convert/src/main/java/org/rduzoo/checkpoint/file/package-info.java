/// Files as every format needs them: mapped, read as JSON, written whole or not at all, and named in messages.
@NullMarked
package org.rduzoo.checkpoint.file;

import org.jspecify.annotations.NullMarked;
