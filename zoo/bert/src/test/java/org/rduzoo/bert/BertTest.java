package org.rduzoo.bert;

import org.rduzoo.testkit.EncoderContract;

/// BERT with each of its heads keeps the contract of encoders.
final class BertTest extends EncoderContract {

    BertTest() {
        super(new BertModel(), "bert", "bert-mlm", "bert-classify");
    }
}
