package org.rduzoo.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Races the host engine against PyTorch, ONNX Runtime and llama.cpp: the same work on the same weights, each in a
/// process of its own. These take turns of half a second, so that what slows the machine for longer slows them all.
/// What
/// it prints is how many times as long a peer takes in the same round: the median, and where a tenth is below and
/// above.
final class Race {

    private static final String USAGE = """
            bench/race [CASE ...] [--rounds N] [--python PYTHON] [--llama-python PYTHON]
                       [--smollm2 FOLDER] [--smollm2-gguf FILE] [--minilm-onnx FILE] [--minilm FOLDER] [--unet FOLDER]

            Cases: %s; all for which there is what they need.
            --rounds            turns of each (30)
            --python            one with torch, transformers, onnxruntime; without it, no race against those
            --llama-python      one with llama-cpp-python; without it, no race against llama.cpp
            --smollm2, --smollm2-gguf   SmolLM2-135M in bf16, in both forms
            --minilm            all-MiniLM-L6-v2 with a classifier's config.json, to train
            --unet              a U-Net of init_features 32, depth 4, 3 channels, 1 class

            How to set up the peers is in bench/peers/README.md.""";

    private static final int MOST_SECONDS_TO_CACHE = 60;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path root;
    private final Map<String, String> options = new LinkedHashMap<>();
    private final List<String> asked = new ArrayList<>();

    private Race(Path root, List<String> arguments) {
        this.root = root;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (!argument.startsWith("--")) {
                asked.add(Case.of(argument).name);
            } else if (USAGE.contains(argument + " ") && i + 1 < arguments.size()) {
                options.put(argument, arguments.get(++i));
            } else {
                throw new IllegalArgumentException(usage());
            }
        }
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        try {
            new Race(Path.of(args[0]), Arrays.asList(args).subList(1, args.length)).run();
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    private static String usage() {
        return USAGE.formatted(Arrays.stream(Case.values()).map(c -> c.name).collect(Collectors.joining(", ")));
    }

    /// The work that is raced on.
    private enum Case {
        MINILM_EMBED("minilm-embed", ""),
        SMOLLM2_PREFILL("smollm2-prefill", "--smollm2"),
        SMOLLM2_DECODE("smollm2-decode", "--smollm2"),
        SMOLLM2_COLD("smollm2-cold", "--smollm2"),
        SMOLLM2_TRAIN("smollm2-train", "--smollm2"),
        MINILM_TRAIN("minilm-train", "--minilm"),
        UNET_INFER("unet-infer", "--unet"),
        UNET_TRAIN("unet-train", "--unet");

        final String name;

        /// The option that says where the weights are, if they do not come by themselves.
        final String weights;

        Case(String name, String weights) {
            this.name = name;
            this.weights = weights;
        }

        static Case of(String name) {
            return Arrays.stream(values())
                    .filter(c -> c.name.equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(usage()));
        }

        /// The command whose time is ours.
        String command(String weights) {
            String decoder = "measure-performance llama --inference --checkpoint " + weights + " --prompt-length 512 ";
            return switch (this) {
                case MINILM_EMBED -> "measure-performance bert --inference -b 32 --max-seq-length 128";
                case SMOLLM2_PREFILL -> decoder + "--max-new-tokens 1";
                case SMOLLM2_DECODE -> decoder + "--max-new-tokens 129";
                case SMOLLM2_COLD ->
                    "run llama --inference --checkpoint " + weights + " --max-new-tokens 1 --prompt-ids "
                            + IntStream.range(100, 116)
                                    .mapToObj(Integer::toString)
                                    .collect(Collectors.joining(","));
                case SMOLLM2_TRAIN ->
                    "measure-performance llama --checkpoint " + weights + " -b 4 --max-seq-length 256";
                case MINILM_TRAIN -> "measure-performance bert --checkpoint " + weights + " -b 32 --max-seq-length 128";
                case UNET_INFER ->
                    "measure-performance unet --inference --checkpoint " + weights
                            + " -b 8 --in-width 256 --in-height 256";
                case UNET_TRAIN ->
                    "measure-performance unet --checkpoint " + weights + " -b 8 --in-width 256 --in-height 256";
            };
        }
    }

    /// A time of one run.
    ///
    /// @param bytes the most memory that its process had, 0 where that is not known
    private record Time(String who, double seconds, double bytes) {

        /// Of a peer that says in JSON who it is.
        static Time of(JsonNode peer, double seconds) {
            String who = "%s %s %s"
                    .formatted(
                            peer.path("peer").asString(),
                            peer.path("precision").asString(),
                            peer.path("mode").asString());
            return new Time(who, seconds, peer.path("peak_rss_mb").doubleValue() * 1024 * 1024);
        }
    }

    private void run() throws IOException, InterruptedException {
        int rounds = Integer.parseInt(options.getOrDefault("--rounds", "30"));
        System.out.printf("instruction set: %s, load %.1f%n", isa(), load());
        System.out.println("case | peer | theirs, s | ours, s | theirs / ours, median (10 % to 90 %) | peak MB");
        for (Case c : Case.values()) {
            if (!asked.isEmpty() && !asked.contains(c.name)) {
                continue;
            }
            if (!c.weights.isEmpty() && !options.containsKey(c.weights)) {
                System.out.printf("%s | needs %s%n", c.name, c.weights);
                continue;
            }
            race(c, rounds);
        }
    }

    private void race(Case c, int rounds) throws IOException, InterruptedException {
        List<List<Time>> times = c == Case.SMOLLM2_COLD ? coldStarts(c, rounds) : turns(c, rounds);
        if (times.isEmpty()) {
            return;
        }
        List<Time> ours = times.getFirst();
        for (List<Time> theirs : times.subList(1, times.size())) {
            List<Double> ratios = IntStream.range(0, theirs.size())
                    .mapToObj(i -> theirs.get(i).seconds / ours.get(i).seconds)
                    .sorted()
                    .toList();
            System.out.printf(
                    Locale.ROOT,
                    "%s | %s | %.4f | %.4f | %.2f (%.2f to %.2f) | %.0f, ours %.0f%n",
                    c.name,
                    theirs.getFirst().who,
                    median(theirs.stream().map(Time::seconds).toList()),
                    median(ours.stream().map(Time::seconds).toList()),
                    median(ratios),
                    ratios.get(ratios.size() / 10),
                    ratios.get(ratios.size() - 1 - ratios.size() / 10),
                    theirs.getFirst().bytes / 1e6,
                    ours.getFirst().bytes / 1e6);
        }
    }

    /// All get ready, each alone. Then one runs while the others wait, in one order and the next time in the other.
    private List<List<Time>> turns(Case c, int rounds) throws IOException, InterruptedException {
        List<Racer> racers = new ArrayList<>();
        try {
            racers.add(new Racer(ours(c)));
            for (List<String> peer : peers(c)) {
                List<String> command = new ArrayList<>(peer);
                command.add("--turns");
                racers.add(new Racer(command));
            }
            if (!racers.getFirst().ready) {
                return List.of();
            }
            racers.removeIf(r -> !r.ready);
            for (int round = 0; round < rounds; round++) {
                for (Racer racer : round % 2 == 0 ? racers : racers.reversed()) {
                    racer.turn();
                }
            }
            List<List<Time>> times = new ArrayList<>();
            for (Racer racer : racers) {
                times.add(racer.end());
            }
            return times;
        } finally {
            racers.forEach(r -> r.process.destroy());
        }
    }

    /// A process that runs when it is told to.
    private static final class Racer {

        /// A turn is about as long, but has one run at least and five at most.
        private static final double SECONDS_OF_TURN = 0.6;

        private static final int MOST_RUNS = 5;

        private final Process process;
        private final BufferedReader out;
        private final Writer in;
        private final List<Double> seconds = new ArrayList<>();

        /// Whether it is there to race.
        final boolean ready;

        Racer(List<String> command) throws IOException {
            ProcessBuilder builder = builder(command);
            builder.environment().merge("RDU_JAVA_OPTS", "-Drdu.turns=true", (a, b) -> a + " " + b); // for ours
            process = builder.start();
            out = process.inputReader(StandardCharsets.UTF_8);
            in = process.outputWriter(StandardCharsets.UTF_8);
            String line = out.readLine();
            while (line != null && !line.equals("ready")) {
                line = out.readLine();
            }
            ready = line != null;
            if (!ready) {
                System.out.println("failed, left out: " + String.join(" ", command));
            }
        }

        /// Notes the median of the turn's runs: the first one finds caches that others have used.
        void turn() throws IOException {
            double last = seconds.isEmpty() ? SECONDS_OF_TURN : seconds.getLast();
            int runs = Math.clamp(Math.round(SECONDS_OF_TURN / last), 1, MOST_RUNS);
            in.write(runs + "\n");
            in.flush();
            seconds.add(median(Arrays.stream(out.readLine().split(" "))
                    .map(Double::valueOf)
                    .toList()));
        }

        /// Ends the process, which says who it was.
        List<Time> end() throws IOException, InterruptedException {
            in.close();
            JsonNode json = JSON.readTree(out.readAllAsString());
            process.waitFor(1, TimeUnit.MINUTES);
            JsonNode bytes = json.path("measured").path("peak_memory_bytes");
            return seconds.stream()
                    .map(s -> bytes.isMissingNode() ? Time.of(json, s) : new Time("ours", s, bytes.doubleValue()))
                    .toList();
        }
    }

    /// Processes to their first token, ours and theirs by turns.
    private List<List<Time>> coldStarts(Case c, int rounds) throws IOException, InterruptedException {
        List<Time> ours = new ArrayList<>();
        List<Time> theirs = new ArrayList<>();
        secondsToToken(ours(c)); // fills the caches; that of classes comes in the background
        for (int wait = 0; wait < MOST_SECONDS_TO_CACHE && !hasClassCache(); wait++) {
            Thread.sleep(1_000);
        }
        for (int round = 0; round < rounds; round++) {
            ours.add(new Time("ours", secondsToToken(ours(c)), 0));
            for (List<String> peer : peers(c)) {
                theirs.addAll(theirs(peer));
            }
        }
        return theirs.size() == ours.size() ? List.of(ours, theirs) : List.of();
    }

    private boolean hasClassCache() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("dist/target/rdu"))) {
            return files.anyMatch(f -> f.toString().endsWith(".aot"));
        }
    }

    private List<String> ours(Case c) {
        List<String> command = new ArrayList<>(List.of(root.resolve("rdu").toString()));
        command.addAll(List.of(c.command(weights(c)).split(" ")));
        if (c != Case.SMOLLM2_COLD) {
            command.add("--json");
        }
        return command;
    }

    private String weights(Case c) {
        return options.getOrDefault(c.weights, "");
    }

    /// The commands that peers run this case with.
    private List<List<String>> peers(Case c) {
        List<List<String>> peers = new ArrayList<>();
        Optional.ofNullable(options.get("--python")).ifPresent(python -> {
            if (c == Case.MINILM_EMBED && options.containsKey("--minilm-onnx")) {
                peers.add(
                        List.of(python, script("bench_ort.py"), Objects.requireNonNull(options.get("--minilm-onnx"))));
            }
            if (c != Case.SMOLLM2_COLD) {
                for (String precision : List.of("bf16", "fp32")) {
                    peers.add(torch(python, c, precision));
                }
                for (String precision : compiled(c)) {
                    List<String> compiled = new ArrayList<>(torch(python, c, precision));
                    compiled.add("--compile");
                    peers.add(compiled);
                }
            }
        });
        @Nullable String llama = options.get("--llama-python");
        @Nullable String gguf = options.get("--smollm2-gguf");
        List<Case> texts = List.of(Case.SMOLLM2_PREFILL, Case.SMOLLM2_DECODE, Case.SMOLLM2_COLD);
        if (llama != null && gguf != null && texts.contains(c)) {
            peers.add(List.of(
                    llama,
                    script("bench_llama.py"),
                    gguf,
                    "--budget",
                    "12",
                    "--cases",
                    c.name.replace("smollm2-", "")));
        }
        return peers;
    }

    /// The precisions that PyTorch is also compiled for.
    private static List<String> compiled(Case c) {
        return switch (c) {
            case MINILM_EMBED, UNET_INFER -> List.of("bf16");
            case SMOLLM2_TRAIN, MINILM_TRAIN, UNET_TRAIN -> List.of("bf16", "fp32");
            case SMOLLM2_PREFILL, SMOLLM2_DECODE, SMOLLM2_COLD -> List.of();
        };
    }

    private List<String> torch(String python, Case c, String precision) {
        List<String> command = new ArrayList<>(
                List.of(python, script("bench_torch.py"), c.name, "--precision", precision, "--budget", "12"));
        if (c.weights.equals("--smollm2")) {
            command.addAll(List.of("--smollm2", weights(c)));
        }
        return command;
    }

    private String script(String name) {
        return root.resolve("bench/peers").resolve(name).toString();
    }

    private static List<Time> theirs(List<String> command) throws IOException, InterruptedException {
        List<Time> times = new ArrayList<>();
        for (String line :
                output(command).lines().filter(l -> l.startsWith("{")).toList()) {
            JsonNode json = JSON.readTree(line);
            times.add(Time.of(json, json.path("median_s").doubleValue()));
        }
        return times;
    }

    private static String output(List<String> command) throws IOException, InterruptedException {
        Process process = builder(command).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            System.out.println("failed, left out: " + String.join(" ", command));
        }
        return text.isBlank() ? "{}" : text;
    }

    /// How long a process takes to the first that it prints, its first token.
    private static double secondsToToken(List<String> command) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = builder(command).start();
        double seconds;
        try (InputStream out = process.getInputStream()) {
            if (out.read() < 0) {
                throw new IOException("no output: " + String.join(" ", command));
            }
            seconds = (System.nanoTime() - start) / 1e9;
            out.readAllBytes();
        }
        process.waitFor(1, TimeUnit.MINUTES);
        return seconds;
    }

    private static ProcessBuilder builder(List<String> command) {
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.to(new File("/dev/null")));
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }

    /// The widest instruction set for products that Linux reports.
    private static String isa() throws IOException {
        Path file = Path.of("/proc/cpuinfo");
        String flags = Files.isReadable(file) ? Files.readString(file) : "";
        return List.of("amx_bf16", "avx512_bf16", "avx512f", "avx2").stream()
                .filter(flags::contains)
                .findFirst()
                .orElse("unknown");
    }

    private static double load() {
        return java.lang.management.ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
