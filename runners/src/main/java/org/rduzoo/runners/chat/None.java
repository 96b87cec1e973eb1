package org.rduzoo.runners.chat;

/// Python's `None`.
enum None {
    NONE
}
