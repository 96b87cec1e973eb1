/// What every operation, model and backend must meet: known answers, and measures of agreement with them.
@NullMarked
package org.rduzoo.testkit;

import org.jspecify.annotations.NullMarked;
