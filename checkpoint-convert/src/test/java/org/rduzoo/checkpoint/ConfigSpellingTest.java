package org.rduzoo.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.node.ObjectNode;

class ConfigSpellingTest {

    private static final String MODERN = """
            {"a": 1, "rope_parameters": {"rope_theta": 500000.0, "factor": 8.0, "rope_type": "llama3"},
             "dtype": "bfloat16", "z": null}""";
    private static final String OLD = """
            {"a": 1, "rope_theta": 500000.0, "rope_scaling": {"factor": 8.0, "rope_type": "llama3"},
             "torch_dtype": "bfloat16", "z": null}""";

    @Test
    void eitherSpellingBecomesTheOtherAndStaysItself() {
        assertThat(ConfigSpelling.modern(json(OLD)).toString())
                .isEqualTo(json(MODERN).toString());
        assertThat(ConfigSpelling.old(json(MODERN)).toString())
                .isEqualTo(json(OLD).toString());
        assertThat(ConfigSpelling.modern(json(MODERN))).isEqualTo(json(MODERN));
        assertThat(ConfigSpelling.old(json(OLD))).isEqualTo(json(OLD));
    }

    @Test
    void noScalingIsTheDefaultKind() {
        ObjectNode old = json("{\"rope_theta\": 10000.0, \"rope_scaling\": null}");
        ObjectNode modern = json("{\"rope_parameters\": {\"rope_theta\": 10000.0, \"rope_type\": \"default\"}}");
        assertThat(ConfigSpelling.modern(old)).isEqualTo(modern);
        assertThat(ConfigSpelling.old(modern)).isEqualTo(old);
    }

    @Test
    void theWordThatWasUsedBeforeRopeTypeIsKnown() {
        assertThat(ConfigSpelling.modern(json("{\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2.0}}")))
                .isEqualTo(json("{\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": 2.0}}"));
    }

    @Test
    void aModelWithoutRotationsGetsNone() {
        assertThat(ConfigSpelling.modern(json("{\"rope_scaling\": null, \"torch_dtype\": \"float32\"}")))
                .isEqualTo(json("{\"dtype\": \"float32\"}"));
    }

    @Test
    void parametersOfEachKindOfLayerStayAsTheyAre() {
        ObjectNode config = json("{\"rope_parameters\": {\"full_attention\": {\"rope_theta\": 1.0}}}");
        assertThat(ConfigSpelling.modern(config)).isEqualTo(config);
        assertThat(ConfigSpelling.old(config)).isEqualTo(config);
    }

    @Test
    void spellingsThatDisagreeAreRefused() {
        assertThat(ConfigSpelling.modern(json("{\"dtype\": \"float32\", \"torch_dtype\": \"float32\"}")))
                .isEqualTo(json("{\"dtype\": \"float32\"}"));
        assertThatThrownBy(() -> ConfigSpelling.modern(
                        json("{\"rope_theta\": 2.0, \"rope_parameters\": {\"rope_theta\": 1.0}}")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("says two things about rope_theta: 1.0 and 2.0");
    }

    private static ObjectNode json(String text) {
        return Json.read("test", text.getBytes(StandardCharsets.UTF_8));
    }
}
