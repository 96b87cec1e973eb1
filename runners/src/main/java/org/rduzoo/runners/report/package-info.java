/// What a PEF would cost on its chip, as tables, as a trace, and as a page to look at.
@NullMarked
package org.rduzoo.runners.report;

import org.jspecify.annotations.NullMarked;
