package org.rduzoo.ir.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Verifier;

/// What the tests of passes have in common: graphs as text before and after, and the same numbers from both.
final class Checks {

    private static final double TOLERANCE = 1e-6;

    private Checks() {}

    /// A graph from its lines between the braces.
    static Graph graph(String lines) {
        return Verifier.check(GraphText.parse("graph \"g\" {\n" + lines + "}\n"));
    }

    /// Fails unless the pass makes `after` of `before`, and both mean the same.
    static void rewrites(Pass pass, String before, String after) {
        Graph source = graph(before);
        Graph result = Verifier.check(pass.run(source));
        assertThat(GraphText.print(result)).isEqualTo(GraphText.print(graph(after)));
        agree(source, result, 1);
    }

    /// Fails unless the pass leaves the graph as it is.
    static void leaves(Pass pass, String lines) {
        assertThat(GraphText.print(pass.run(graph(lines)))).isEqualTo(GraphText.print(graph(lines)));
    }

    /// Fails unless two graphs with the same inputs have the same outputs, up to the order of sums.
    static void agree(Graph a, Graph b, long seed) {
        agree(a, b, seed, TOLERANCE);
    }

    static void agree(Graph a, Graph b, long seed, double tolerance) {
        Map<String, Dense> inputs = randomInputs(a, seed);
        Map<String, Dense> expected = Reference.run(a, inputs);
        Map<String, Dense> found = Reference.run(b, inputs);
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, e) -> {
            Dense f = found.getOrDefault(name, e);
            assertThat(f.type()).as(name).isEqualTo(e.type());
            for (int i = 0; i < e.data().length; i++) {
                double x = e.data()[i];
                double y = f.data()[i];
                boolean same = Double.isFinite(x)
                        ? Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x))
                        : Double.compare(x, y) == 0;
                if (!same) {
                    fail("%s[%d] was %s, and is %s", name, i, x, y);
                }
            }
        });
    }

    /// Numbers of each input's type; integers and truth values are 0 or 1, and 1 in the first place of each row.
    static Map<String, Dense> randomInputs(Graph graph, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, Dense> inputs = new HashMap<>();
        for (Graph.Input i : graph.inputs()) {
            inputs.put(i.name(), random(i.value().type(), random));
        }
        return inputs;
    }

    private static Dense random(Type type, SplittableRandom random) {
        Dense dense = Dense.zeros(type);
        int row = type.rank() == 0 ? 1 : Math.max(1, type.dim(-1));
        for (int i = 0; i < dense.data().length; i++) {
            dense.data()[i] = switch (type.dtype()) {
                case I64, BOOL -> i % row == 0 ? 1 : random.nextInt(2);
                case BF16 -> Math.rint((random.nextDouble() * 2 - 1) * 64) / 64;
                default -> (float) (random.nextDouble() * 2 - 1);
            };
        }
        return dense;
    }
}
