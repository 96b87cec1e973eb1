package org.rduzoo.bench;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.rduzoo.backend.CompileRequest;
import org.rduzoo.backend.RduCompiler;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.bert.BertModel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.EncoderGraphs;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.RandomWeights;
import org.rduzoo.samba.Trace;

/// Sentence embeddings by a BERT of MiniLM's shape: 32 texts of 128 tokens, random weights.
@NullUnmarked
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class EncoderBenchmark {

    private static final int TEXTS = 32;
    private static final int TOKENS = 128;
    private static final int VOCABULARY = 30522;

    /// Empty for the best that the processor has.
    @Param("")
    public String isa;

    @Param({"bf16", "fp32"})
    public String precision;

    private RandomWeights weights;
    private HostModel model;
    private HostGraph graph;

    @Setup(Level.Trial)
    public void load() {
        Config config = Config.parse("MiniLM's shape", """
                {"model_type": "bert", "vocab_size": 30522, "hidden_size": 384, "num_hidden_layers": 6,
                 "num_attention_heads": 12, "intermediate_size": 1536, "max_position_embeddings": 512}""");
        Trace trace = EncoderGraphs.embedding("embed", new BertModel(), config, TEXTS, TOKENS, Pooling.MEAN, true);
        Arch arch = Arch.of("sn40");
        Pef pef = RduCompiler.compile(new CompileRequest(
                "bert",
                List.of(trace.graph()),
                arch,
                arch.tiles(),
                OptLevel.O3,
                PrecisionOptions.DEFAULTS.withDType(precision.equals("fp32") ? DType.F32 : DType.BF16),
                Map.of(),
                config.canonicalJson(),
                Optional.empty()));
        HostOptions best = HostOptions.best();
        HostOptions options = isa.isEmpty() ? best : new HostOptions(HostIsa.parse(isa), best.threads());
        weights = RandomWeights.of(trace, 1);
        model = HostModel.load(pef, weights, options);
        graph = model.graph("embed");
        Random random = new Random(2);
        for (long i = 0; i < TEXTS * TOKENS; i++) {
            graph.input("input_ids").setAtIndex(ValueLayout.JAVA_LONG, i, random.nextInt(VOCABULARY));
            graph.input("attention_mask").setAtIndex(ValueLayout.JAVA_LONG, i, 1);
        }
    }

    @Benchmark
    public HostGraph embed() {
        graph.run();
        return graph;
    }

    @TearDown(Level.Trial)
    public void close() {
        model.close();
        weights.close();
    }
}
