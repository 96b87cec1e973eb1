package org.rduzoo.backend.pef;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionLabel;

class PefReportTest {

    private final Pef pef = SamplePefs.decoder(2);

    @Test
    void infoCountsWhatIsInThePef() {
        PefInfo info = PefInfo.of(pef);
        assertThat(info.bytes()).isEqualTo(pef.toBytes().length);
        assertThat(info.graphs())
                .extracting(PefInfo.GraphRow::graph)
                .containsExactly("prefill_32", "prefill_128", "decode");
        assertThat(info.graphs().getFirst().flops())
                .isEqualTo(pef.entries().getFirst().plan().flops());
        assertThat(info.tensors())
                .contains(
                        new PefInfo.TensorRow("decode", "input", "input_ids", "i64[1, 1]", ""),
                        new PefInfo.TensorRow("decode", "output", "logits", "f32[1, 1, 100]", ""));
        assertThat(info.facts())
                .containsEntry("arch", "sn40")
                .containsEntry("arguments.batch-size", "4")
                .containsEntry("precision.precision", "bf16")
                .containsEntry("parameters", "21")
                .containsEntry("format", Integer.toString(PefFormat.VERSION))
                .containsKey("checksum");
        assertThat(info.graphs().getFirst().cells().keySet())
                .containsExactly("graph", "nodes", "sections", "programs", "pcus", "pmus", "flops", "traffic");
    }

    @Test
    void sectionsAreARowEach() {
        Pef cut = SamplePefs.of(Map.of(), OptLevel.O1, SampleGraphs.decoder("decode", 2, 64, 4, 2, 128, 1, 100));
        List<PefSections.SectionRow> rows = PefSections.of(cut).sections();
        assertThat(rows).hasSize(cut.entries().getFirst().plan().sections().size());
        assertThat(rows.get(1).path()).isEqualTo("model.layers.0");
        assertThat(rows.get(1).type()).isEqualTo("fwd");
        assertThat(rows.get(1).ops()).contains("linear x3", "rms_norm", "silu");
        assertThat(rows.stream().mapToLong(PefSections.SectionRow::flops).sum())
                .isEqualTo(cut.entries().getFirst().plan().flops());
        assertThat(rows.get(1).cells())
                .containsEntry("bytes_in", rows.get(1).bytesIn())
                .containsKey("pmu_bytes");
    }

    @Test
    void theCommonPathIsWholeSteps() {
        assertThat(SectionLabel.commonPath(List.of("", "a.b1.c", "a.b2", "a.b1")))
                .isEqualTo("a");
        assertThat(SectionLabel.commonPath(List.of("a.b", "a.b.c"))).isEqualTo("a.b");
        assertThat(SectionLabel.commonPath(List.of("", ""))).isEmpty();
    }

    @Test
    void aPefDoesNotDifferFromItself() {
        assertThat(PefDiff.of(pef, SamplePefs.decoder(2)).isEmpty()).isTrue();
    }

    @Test
    void aDiffNamesArgumentsTensorsNodesAndSections() {
        Pef left = SamplePefs.of(Map.of("batch-size", "2"), OptLevel.O3, SampleGraphs.encoder(2, 32, 4, 2, 8));
        Pef right = SamplePefs.of(Map.of("batch-size", "4"), OptLevel.O0, SampleGraphs.encoder(3, 32, 4, 4, 8));
        List<PefDiff.Difference> differences = PefDiff.of(left, right).differences();
        assertThat(differences)
                .contains(
                        new PefDiff.Difference("fact", "arguments.batch-size", "2", "4"),
                        new PefDiff.Difference("fact", "level", "o3", "o0"),
                        new PefDiff.Difference("tensor", "encoder input input_ids", "i64[2, 8]", "i64[4, 8]"),
                        new PefDiff.Difference("parameter", "encoder.layer.2.output.bias", "", "bf16[32]"));
        assertThat(differences).extracting(PefDiff.Difference::what).contains("graph", "nodes", "sections");
    }

    @Test
    void aDiffOfOneLayerCountsTheNodesOfThatLayer() {
        Pef left = SamplePefs.of(Map.of(), OptLevel.O3, SampleGraphs.encoder(2, 32, 4, 2, 8));
        Pef right = SamplePefs.of(Map.of(), OptLevel.O3, SampleGraphs.encoder(3, 32, 4, 2, 8));
        assertThat(PefDiff.of(left, right).differences())
                .filteredOn(d -> d.what().equals("nodes"))
                .containsExactly(new PefDiff.Difference(
                        "nodes",
                        "encoder",
                        "",
                        "2 add, 1 attention, 6 cast, 1 gelu, 2 layer_norm, 6 linear, 4 reshape, 4 transpose"));
    }
}
