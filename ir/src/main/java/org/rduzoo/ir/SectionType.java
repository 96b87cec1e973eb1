package org.rduzoo.ir;

/// The part of a training step that a node belongs to. Inference graphs have [#FWD] alone.
public enum SectionType {
    FWD,
    BCKWD,
    REDUCE,
    GRADNORM,
    OPT
}
