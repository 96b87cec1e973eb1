package org.rduzoo.backend.pef;

import java.util.Arrays;
import java.util.Map;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;

final class SamplePefs {

    static final Map<String, String> ARGUMENTS =
            Map.of("batch-size", "4", "inference", "true", "num-tiles", "2", "set.hidden_size", "64");

    private SamplePefs() {}

    static Pef of(Map<String, String> arguments, OptLevel level, Graph... graphs) {
        Compilation compilation = Compilation.of(
                "llama",
                "0.1.0",
                "sn40",
                2,
                level,
                arguments,
                Map.of("precision", "bf16", "fp32_ln", "false"),
                "{\n  \"hidden_size\": 64, \"name\": \"größe\"\n}\n");
        return new Pef(
                compilation,
                Arrays.stream(graphs)
                        .map(g -> new Pef.Entry(g, SectionPlan.cut(g, Arch.of("sn40"), level, 2)))
                        .toList());
    }

    /// A decoder of `layers` layers, with two prefill buckets and a decode graph.
    static Pef decoder(int layers) {
        return of(
                ARGUMENTS,
                OptLevel.O3,
                SampleGraphs.decoder("prefill_32", layers, 64, 4, 2, 128, 32, 100),
                SampleGraphs.decoder("prefill_128", layers, 64, 4, 2, 128, 128, 100),
                SampleGraphs.decoder("decode", layers, 64, 4, 2, 128, 1, 100));
    }
}
