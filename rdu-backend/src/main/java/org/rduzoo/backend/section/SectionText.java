package org.rduzoo.backend.section;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The text form of a plan: what dumps show, and what a PEF holds. A line a section:
///
/// ```
/// sections o3 sn40 tiles 2
/// section 0 fwd program 0 nodes 0-12 15 pcus 710 pmus 96 sram 1048576 flops 2097152 in 4096 out 4096 weights 32768
/// section 1 fwd program 1 nodes 13-14 pcus 1040 pmus 1040 sram 545259520 flops 9 in 8 out 8 weights 900000000 streamed
/// ```
///
/// Only the nodes are read back: all else follows from them, the graph and the chip.
public final class SectionText {

    private SectionText() {}

    public static String print(SectionPlan plan) {
        StringBuilder out = new StringBuilder();
        out.append("sections ")
                .append(plan.level().text())
                .append(' ')
                .append(plan.arch())
                .append(" tiles ");
        out.append(plan.tiles());
        if (plan.chips() > 1) {
            out.append(" chips ")
                    .append(plan.chips())
                    .append(' ')
                    .append(plan.parallel().text());
        }
        out.append('\n');
        for (Section s : plan.sections()) {
            out.append("section ")
                    .append(s.id())
                    .append(' ')
                    .append(s.type().name().toLowerCase(Locale.ROOT));
            out.append(" program ").append(s.program()).append(" nodes");
            printRanges(s.nodes(), out);
            out.append(" pcus ")
                    .append(s.pcus())
                    .append(" pmus ")
                    .append(s.pmus())
                    .append(" sram ")
                    .append(s.pmuBytes());
            out.append(" flops ")
                    .append(s.flops())
                    .append(" in ")
                    .append(s.bytesIn())
                    .append(" out ")
                    .append(s.bytesOut());
            out.append(" weights ").append(s.weightBytes()).append(s.streamed() ? " streamed\n" : "\n");
        }
        return out.toString();
    }

    private static void printRanges(List<Integer> nodes, StringBuilder out) {
        for (int i = 0; i < nodes.size(); ) {
            int j = i;
            while (j + 1 < nodes.size() && nodes.get(j + 1) == nodes.get(j) + 1) {
                j++;
            }
            out.append(' ').append(nodes.get(i));
            if (j > i) {
                out.append('-').append(nodes.get(j));
            }
            i = j + 1;
        }
    }

    /// The nodes of each section, of a graph with `nodeCount` nodes; or nothing when `text` is no plan of it.
    public static Optional<List<List<Integer>>> parseNodes(String text, int nodeCount) {
        List<List<Integer>> sections = new ArrayList<>();
        int left = nodeCount;
        try {
            for (String line : text.lines().skip(1).toList()) {
                int from = line.indexOf(" nodes ");
                int to = line.indexOf(" pcus ");
                if (from < 0 || to < from + 7) {
                    return Optional.empty();
                }
                List<Integer> nodes = new ArrayList<>();
                for (String range : line.substring(from + 7, to).split(" ", -1)) {
                    int dash = range.indexOf('-');
                    int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
                    int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
                    // Before a range is written out: it must not be longer than the graph.
                    if (first < 0 || last < first || last >= nodeCount || last - first >= left) {
                        return Optional.empty();
                    }
                    for (int node = first; node <= last; node++) {
                        nodes.add(node);
                    }
                    left -= last - first + 1;
                }
                sections.add(nodes);
            }
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
        return Optional.of(sections);
    }
}
