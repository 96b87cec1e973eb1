package org.rduzoo.backend.host;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBytes;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// The units of a PEF's graphs, kept beside it for the next start: to read them takes a fifth of the time of finding
/// them again. For the PEFs of a cache, whose names change with the code that finds units.
///
/// | bytes | a file, little-endian |
/// | --- | --- |
/// | 4 | CRC-32C of all that follows |
/// | 4 | length of the graph |
/// | .. | the graph ([GraphBytes]) |
/// | .. | the units: numbers of 4 bytes |
public final class KeptUnits {

    private static final int NONE = -1;

    private static final int PROGRAM = 0;
    private static final int PRODUCT = 1;
    private static final int ROPE = 2;
    private static final int SINGLE = 3;

    private final @Nullable Path pef;

    private KeptUnits(@Nullable Path pef) {
        this.pef = pef;
    }

    /// Beside the file of a PEF, in a folder of our own.
    public static KeptUnits beside(Path pef) {
        return new KeptUnits(pef);
    }

    /// Nowhere.
    public static KeptUnits nowhere() {
        return new KeptUnits(null);
    }

    /// The units of graph `number` of the PEF: those that are kept, or found now, and kept.
    Grouped get(int number, Supplier<Grouped> finding) {
        if (pef == null) {
            return finding.get();
        }
        Path file = file(pef, number);
        return read(file).orElseGet(() -> {
            Grouped found = finding.get();
            try {
                Files.write(file, write(found));
            } catch (IOException _) {
                // Then they are found again next time.
            }
            return found;
        });
    }

    /// Forgets what was kept: the PEF is another one from now on.
    ///
    /// @throws IOException when that cannot be
    public void clear() throws IOException {
        if (pef == null) {
            return;
        }
        Path folder = pef.toAbsolutePath().getParent();
        try (DirectoryStream<Path> kept = Files.newDirectoryStream(folder, pef.getFileName() + ".*.units")) {
            for (Path file : kept) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static Path file(Path pef, int number) {
        return pef.resolveSibling(pef.getFileName() + "." + number + ".units");
    }

    /// What a file holds, if it is there and whole.
    private static Optional<Grouped> read(Path file) {
        try {
            return Files.exists(file) ? read(ByteBuffer.wrap(Files.readAllBytes(file))) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    static byte[] write(Grouped grouped) {
        byte[] graph = GraphBytes.write(grouped.graph());
        List<Integer> units = new ArrayList<>();
        Map<Node, Integer> numbers = new HashMap<>();
        grouped.graph().nodes().forEach(n -> numbers.put(n, numbers.size()));
        grouped.units().forEach(u -> write(u, numbers, units));
        ByteBuffer bytes = ByteBuffer.allocate(2 * Integer.BYTES + graph.length + Integer.BYTES * units.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0)
                .putInt(graph.length)
                .put(graph);
        units.forEach(bytes::putInt);
        return bytes.putInt(0, checksum(bytes.flip())).array();
    }

    private static void write(Unit unit, Map<Node, Integer> numbers, List<Integer> out) {
        switch (unit) {
            case Unit.Program(List<Node> nodes, Shape domain, boolean loading, Set<Value> leaving) -> {
                out.addAll(List.of(PROGRAM, domain.rank()));
                for (int dim : domain.dims()) {
                    out.add(dim);
                }
                out.add(loading ? 1 : 0);
                out.add(nodes.size());
                nodes.forEach(n -> out.add(numbers.get(n)));
                out.add(leaving.size());
                leaving.forEach(v -> out.add(v.number()));
            }
            case Unit.Product(Node node, Optional<Node> rounding) ->
                out.addAll(List.of(PRODUCT, numbers.get(node), number(rounding, numbers)));
            case Unit.Rope(Node node, Optional<Node> rounding, Optional<Node> write) ->
                out.addAll(List.of(ROPE, numbers.get(node), number(rounding, numbers), number(write, numbers)));
            case Unit.Single(Node node) -> out.addAll(List.of(SINGLE, numbers.get(node)));
        }
    }

    private static int number(Optional<Node> node, Map<Node, Integer> numbers) {
        return node.map(numbers::get).orElse(NONE);
    }

    /// What [#write] wrote, unless it was damaged since.
    static Optional<Grouped> read(ByteBuffer bytes) {
        ByteBuffer in = bytes.order(ByteOrder.LITTLE_ENDIAN);
        if (in.remaining() < 2 * Integer.BYTES || in.getInt(0) != checksum(in)) {
            return Optional.empty();
        }
        try {
            int graphBytes = in.getInt(Integer.BYTES);
            Graph graph = GraphBytes.read(in.slice(2 * Integer.BYTES, graphBytes));
            in.position(2 * Integer.BYTES + graphBytes);
            int[] numbers = new int[in.remaining() / Integer.BYTES];
            in.asIntBuffer().get(numbers);
            return Optional.of(new Grouped(graph, new Reader(graph, numbers).units()));
        } catch (IllegalArgumentException | IndexOutOfBoundsException | BufferUnderflowException _) {
            return Optional.empty();
        }
    }

    private static int checksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes.duplicate().position(Integer.BYTES));
        return (int) crc.getValue();
    }

    private static final class Reader {

        private final List<Node> nodes;
        private final List<Value> values = new ArrayList<>();
        private final int[] numbers;
        private int at;

        Reader(Graph graph, int[] numbers) {
            this.nodes = graph.nodes();
            this.numbers = numbers;
            graph.inputs().forEach(i -> values.add(i.value()));
            nodes.forEach(n -> values.addAll(n.results()));
        }

        List<Unit> units() {
            List<Unit> units = new ArrayList<>();
            while (at < numbers.length) {
                units.add(unit());
            }
            return units;
        }

        private Unit unit() {
            int kind = next();
            return switch (kind) {
                case PROGRAM -> program();
                case PRODUCT -> new Unit.Product(node(), optional());
                case ROPE -> new Unit.Rope(node(), optional(), optional());
                case SINGLE -> new Unit.Single(node());
                default -> throw new IllegalArgumentException("no kind of unit: " + kind);
            };
        }

        private Unit program() {
            int[] dims = new int[next()];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = next();
            }
            boolean loading = next() != 0;
            List<Node> own = new ArrayList<>();
            for (int i = next(); i > 0; i--) {
                own.add(node());
            }
            Set<Value> leaving = new LinkedHashSet<>();
            for (int i = next(); i > 0; i--) {
                leaving.add(values.get(next()));
            }
            return new Unit.Program(own, Shape.of(dims), loading, leaving);
        }

        private Node node() {
            return nodes.get(next());
        }

        private Optional<Node> optional() {
            int number = next();
            return number == NONE ? Optional.empty() : Optional.of(nodes.get(number));
        }

        private int next() {
            return numbers[at++];
        }
    }
}
