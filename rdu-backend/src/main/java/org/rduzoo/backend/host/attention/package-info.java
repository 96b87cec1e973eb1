/// Attention on this machine: by products of matrices where there are many queries, row by row otherwise.
/// [Attentions] is the way in.
@NullMarked
package org.rduzoo.backend.host.attention;

import org.jspecify.annotations.NullMarked;
