package org.rduzoo.runners.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.CompileRequest;
import org.rduzoo.backend.RduCompiler;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.bert.BertModel;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.grad.TrainingOptions;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.llama.LlamaModel;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.ZooModel;
import org.rduzoo.unet.UnetModel;
import tools.jackson.databind.node.ObjectNode;

/// Fifty steps beside those of PyTorch from the same weights on the same data.
class LossCurvesTest {

    private static final int STEPS = 50;
    private static final double BF16 = 0.005;
    private static final Optimization OPTIMIZATION = new Optimization(0.9, 0.95, 1e-8, 0, 0.1, 1.0);

    @ParameterizedTest
    @ValueSource(strings = {"llama", "bert-classify", "unet2d"})
    void inFp32LossesAndGradientNormsAreThoseOfPyTorch(String name) throws IOException {
        ObjectNode curve = Json.read(folder(name).resolve("curve.json"));
        List<TrainingSession.Outcome> outcomes = run(name, DType.F32, 1);
        for (int i = 0; i < STEPS; i++) {
            double loss = curve.path("loss").path(i).asDouble();
            double norm = curve.path("grad_norm").path(i).asDouble();
            assertThat(outcomes.get(i).loss()).as("loss of step %d", i).isCloseTo(loss, within(1e-4));
            assertThat(outcomes.get(i).gradNorm()).as("norm of step %d", i).isCloseTo(norm, within(1e-3));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "bert-classify"})
    void microBatchesMakeTheSameStep(String name) throws IOException {
        ObjectNode curve = Json.read(folder(name).resolve("curve.json"));
        List<TrainingSession.Outcome> outcomes = run(name, DType.F32, 2);
        for (int i = 0; i < STEPS; i++) {
            assertThat(outcomes.get(i).loss())
                    .as("loss of step %d", i)
                    .isCloseTo(curve.path("loss").path(i).asDouble(), within(1e-4));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "bert-classify", "unet2d"})
    void inBf16LossesAreNearThoseOfFp32(String name) throws IOException {
        ObjectNode curve = Json.read(folder(name).resolve("curve.json"));
        List<TrainingSession.Outcome> outcomes = run(name, DType.BF16, 1);
        for (int i = 0; i < STEPS; i++) {
            double loss = curve.path("loss").path(i).asDouble();
            assertThat(outcomes.get(i).loss()).as("loss of step %d", i).isCloseTo(loss, within(BF16 * loss));
        }
    }

    private static Path folder(String name) {
        return Path.of("src/test/resources/org/rduzoo/runners/train").resolve(name);
    }

    private static List<TrainingSession.Outcome> run(String name, DType precision, int microBatches)
            throws IOException {
        ZooModel model = switch (name) {
            case "llama" -> new LlamaModel();
            case "unet2d" -> new UnetModel();
            default -> new BertModel();
        };
        Config config =
                Config.parse("config.json", Files.readString(folder(name).resolve("config.json")));
        if (!(model instanceof ImageModel)) {
            config = config.with(
                    "architectures", model instanceof EncoderModel ? "[\"BertForSequenceClassification\"]" : "null");
        }
        List<TrainingSession.Outcome> outcomes = new ArrayList<>();
        try (SafetensorsFile start = SafetensorsFile.open(folder(name).resolve("start.safetensors"));
                SafetensorsFile data = SafetensorsFile.open(folder(name).resolve("data.safetensors"))) {
            Type first = data.find(model instanceof ImageModel ? "image" : "input_ids")
                    .orElseThrow()
                    .type();
            TrainingSpec spec = new TrainingSpec(
                    first.dim(1) / microBatches,
                    model instanceof ImageModel
                            ? new TrainingSpec.Images(List.of(first.dim(3), first.dim(4)))
                            : new TrainingSpec.Texts(first.dim(2), model instanceof DecoderModel),
                    TrainingOptions.Method.ADAM_W,
                    TrainingSpec.Decay.MATRICES,
                    microBatches > 1,
                    Optional.empty(),
                    false,
                    Optional.empty());
            Schedule schedule =
                    new Schedule(Schedule.Course.COSINE, model instanceof EncoderModel ? 1e-3 : 3e-3, 5, STEPS);
            try (StartingWeights weights =
                            StartingWeights.of(spec.trace(model, config), Optional.of(start), 0, _ -> {});
                    TrainingSession session = TrainingSession.load(
                            compile(model, config, spec, precision), weights, HostOptions.best())) {
                for (int i = 0; i < STEPS; i++) {
                    Map<String, SambaTensor> batch = switch (model) {
                        case DecoderModel _ -> tokens(data, i);
                        case EncoderModel _ -> labelled(data, i);
                        case ImageModel _ -> byName(at(data, "image", i), masks(data, i));
                    };
                    outcomes.add(session.step(
                            List.of(batch),
                            new TrainingSession.Settings(i + 1, schedule.at(i), OPTIMIZATION, Map.of(), 0)));
                }
            }
        }
        return outcomes;
    }

    private static Pef compile(ZooModel model, Config config, TrainingSpec spec, DType precision) {
        Arch arch = Arch.of("sn40");
        return RduCompiler.compile(new CompileRequest(
                model.name(),
                spec.graphs(model, config),
                arch,
                arch.tiles(),
                OptLevel.O3,
                PrecisionOptions.DEFAULTS.withDType(precision),
                Map.of(),
                config.canonicalJson(),
                Optional.empty()));
    }

    /// Step `i` of a tensor that holds all steps.
    private static SambaTensor at(SafetensorsFile data, String name, int i) {
        var weight = data.find(name).orElseThrow();
        Type type = new Type(
                weight.type().dtype(),
                weight.type().shape().slice(1, weight.type().rank()));
        SambaTensor tensor = SambaTensor.zeros(name, type);
        MemorySegment.copy(weight.segment(), i * type.bytes(), tensor.segment(), 0, type.bytes());
        return tensor;
    }

    private static Map<String, SambaTensor> tokens(SafetensorsFile data, int i) {
        SambaTensor ids = at(data, "input_ids", i);
        int rows = ids.shape().dim(0);
        int length = ids.shape().dim(1);
        SambaTensor labels = SambaTensor.zeros("labels", ids.type());
        SambaTensor segments = SambaTensor.zeros("segments", ids.type());
        SambaTensor scale = SambaTensor.zeros(TrainingSession.SCALE, ids.type().withDType(DType.F32));
        for (int at = 0; at < rows * length; at++) {
            boolean last = at % length == length - 1;
            labels.segment()
                    .setAtIndex(
                            ValueLayout.JAVA_LONG,
                            at,
                            last ? Losses.IGNORED : ids.segment().getAtIndex(ValueLayout.JAVA_LONG, at + 1));
            segments.segment().setAtIndex(ValueLayout.JAVA_LONG, at, 1);
            scale.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, last ? 0 : 1f / (rows * (length - 1)));
        }
        return byName(ids, labels, segments, scale);
    }

    private static Map<String, SambaTensor> labelled(SafetensorsFile data, int i) {
        SambaTensor ids = at(data, "input_ids", i);
        SambaTensor labels = at(data, "labels", i);
        SambaTensor types = SambaTensor.zeros("token_type_ids", ids.type());
        SambaTensor scale =
                SambaTensor.zeros(TrainingSession.SCALE, labels.type().withDType(DType.F32));
        for (int row = 0; row < labels.elements(); row++) {
            scale.segment().setAtIndex(ValueLayout.JAVA_FLOAT, row, 1f / labels.elements());
        }
        return byName(ids, at(data, "attention_mask", i), types, labels, scale);
    }

    /// Targets of 0 and 1, which lie in the file as bytes.
    private static SambaTensor masks(SafetensorsFile data, int i) {
        var weight = data.find("target").orElseThrow();
        Type type =
                new Type(DType.F32, weight.type().shape().slice(1, weight.type().rank()));
        SambaTensor target = SambaTensor.zeros("target", type);
        for (long at = 0; at < target.elements(); at++) {
            byte place = weight.segment().get(ValueLayout.JAVA_BYTE, i * target.elements() + at);
            target.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, place);
        }
        return target;
    }

    private static Map<String, SambaTensor> byName(SambaTensor... tensors) {
        Map<String, SambaTensor> byName = new LinkedHashMap<>();
        for (SambaTensor tensor : tensors) {
            byName.put(tensor.name(), tensor);
        }
        return byName;
    }
}
