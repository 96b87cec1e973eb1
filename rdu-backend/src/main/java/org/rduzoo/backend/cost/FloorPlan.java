package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.StageBuffer;

/// Where the stages and buffers of a program lie on the mesh of a chip, and what goes over its links.
///
/// Units stand in a grid, compute and memory by turns like the fields of a chessboard; how they really do is not
/// public. Stages take their units along a line that winds through the tiles, in the order of the pipeline, and each
/// buffer takes memory units along the same line before the stage that reads it. Streams go along a row first, then
/// along a column.
///
/// @param columns of the grid
/// @param rows of the grid
/// @param pcus by stage
/// @param pmus by buffer
public record FloorPlan(int columns, int rows, List<List<Site>> pcus, List<List<Site>> pmus, List<Link> links) {

    /// A field of the grid.
    ///
    /// @param tile of the chip that it belongs to
    public record Site(int column, int row, int tile) {}

    /// A way from a field to one beside it.
    ///
    /// @param bytes that go over it in one run of the section
    public record Link(int fromColumn, int fromRow, int toColumn, int toRow, long bytes) {}

    public FloorPlan {
        pcus = List.copyOf(pcus);
        pmus = List.copyOf(pmus);
        links = List.copyOf(links);
    }

    /// Lays a program out on the tiles of a deployment.
    public static FloorPlan of(SectionLayout layout, Deployment deployment) {
        Grid grid = Grid.of(deployment);
        List<List<Site>> pcus = new ArrayList<>();
        int compute = 0;
        for (Stage s : layout.stages()) {
            pcus.add(take(grid.pcus, compute, s.pcus()));
            compute += s.pcus();
        }
        List<List<Site>> pmus = new ArrayList<>();
        int memory = 0;
        for (StageBuffer b : layout.buffers()) {
            pmus.add(take(grid.pmus, memory, b.pmus()));
            memory += b.pmus();
        }
        return new FloorPlan(grid.columns, grid.rows, pcus, pmus, links(layout, pcus, pmus, grid));
    }

    /// The bytes of the link that has most.
    public long busiest() {
        return links.stream().mapToLong(Link::bytes).max().orElse(0);
    }

    /// `count` sites of a line from `begin` on; a line that is at its end goes on from its start, for what streams
    /// through shares units.
    private static List<Site> take(List<Site> line, int begin, int count) {
        List<Site> sites = new ArrayList<>();
        for (int i = 0; i < Math.min(count, line.size()); i++) {
            sites.add(line.get((begin + i) % line.size()));
        }
        return sites;
    }

    private static List<Link> links(SectionLayout layout, List<List<Site>> pcus, List<List<Site>> pmus, Grid grid) {
        Map<Long, Long> bytes = new HashMap<>();
        for (int i = 0; i < layout.buffers().size(); i++) {
            StageBuffer b = layout.buffers().get(i);
            if (b.producer() >= 0) {
                route(pcus.get(b.producer()), pmus.get(i), b.valueBytes(), grid, bytes);
            }
            for (int consumer : b.consumers()) {
                route(pmus.get(i), pcus.get(consumer), b.valueBytes(), grid, bytes);
            }
        }
        return bytes.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> grid.link(e.getKey(), e.getValue()))
                .toList();
    }

    /// Sends bytes from some sites to others, in as many streams as the larger side has sites.
    private static void route(List<Site> from, List<Site> to, long all, Grid grid, Map<Long, Long> bytes) {
        int streams = Math.max(from.size(), to.size());
        if (from.isEmpty() || to.isEmpty()) {
            return;
        }
        for (int i = 0; i < streams; i++) {
            Site a = from.get(i * from.size() / streams);
            Site b = to.get(i * to.size() / streams);
            long share = all * (i + 1) / streams - all * i / streams;
            if (share == 0) {
                continue;
            }
            int column = a.column;
            int row = a.row;
            while (column != b.column || row != b.row) {
                int nextColumn = column + Integer.signum(b.column - column);
                int nextRow = column == b.column ? row + Integer.signum(b.row - row) : row;
                bytes.merge(grid.key(column, row, nextColumn, nextRow), share, Long::sum);
                column = nextColumn;
                row = nextRow;
            }
        }
    }

    /// The fields of some tiles, two tiles side by side.
    ///
    /// @param pcus compute units in the order in which stages take them
    /// @param pmus memory units in the order in which buffers take them
    public record Grid(int columns, int rows, List<Site> pcus, List<Site> pmus) {

        public Grid {
            pcus = List.copyOf(pcus);
            pmus = List.copyOf(pmus);
        }

        public static Grid of(Deployment deployment) {
            int units = (deployment.pcus() + deployment.pmus()) / deployment.tiles();
            int wide = deployment.arch().fabric().columns().count();
            int high = Math.ceilDiv(units, wide);
            List<Site> pcus = new ArrayList<>();
            List<Site> pmus = new ArrayList<>();
            for (int tile = 0; tile < deployment.tiles(); tile++) {
                for (int c = 0; c < wide; c++) {
                    for (int r = 0; r < high; r++) {
                        int column = tile % 2 * wide + c;
                        int row = tile / 2 * high + (c % 2 == 0 ? r : high - 1 - r);
                        ((column + row) % 2 == 0 ? pcus : pmus).add(new Site(column, row, tile));
                    }
                }
            }
            return new Grid(
                    Math.min(2, deployment.tiles()) * wide, Math.ceilDiv(deployment.tiles(), 2) * high, pcus, pmus);
        }

        private long key(int column, int row, int nextColumn, int nextRow) {
            return ((long) row * columns + column) * columns * rows + (long) nextRow * columns + nextColumn;
        }

        private Link link(long key, long bytes) {
            int from = (int) (key / ((long) columns * rows));
            int to = (int) (key % ((long) columns * rows));
            return new Link(from % columns, from / columns, to % columns, to / columns, bytes);
        }
    }
}
