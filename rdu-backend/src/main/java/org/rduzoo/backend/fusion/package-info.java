/// Rules that say which operations make a section at `--o1`, in SambaFlow's syntax.
@NullMarked
package org.rduzoo.backend.fusion;

import org.jspecify.annotations.NullMarked;
