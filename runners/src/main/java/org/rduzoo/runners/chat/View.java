package org.rduzoo.runners.chat;

import java.util.List;

/// What a dict's `keys()`, `values()` and `items()` give.
///
/// @param kind as in `dict_items`
record View(String kind, List<Object> values) {}
