@NullMarked
package org.rduzoo.runners.report;

import org.jspecify.annotations.NullMarked;
