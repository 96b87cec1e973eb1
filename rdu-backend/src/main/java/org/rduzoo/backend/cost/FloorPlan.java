package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.Operand;
import org.rduzoo.backend.section.StageBuffer;

/// Where the stages and buffers of a program lie on the mesh of a chip, and what goes over its links.
///
/// Units stand in a grid, compute and memory by turns like the fields of a chessboard; how they really do is not
/// public. Buffers take their units along a line that winds through the tiles, in the order of the pipeline, and stages
/// take theirs along the same line, as near to what they read as those before and after them leave room. What several
/// units read alike goes to all of them in one stream, and streams go around busy links.
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

    /// Where all lies, and what goes over the mesh in one run.
    ///
    /// @param busiest by stage: the bytes of its own on the link that has most of them
    record Laid(List<List<Site>> pcus, List<List<Site>> pmus, List<Long> busiest, Mesh mesh) {}

    /// Lays a program out on the tiles of a deployment.
    public static FloorPlan of(SectionLayout layout, Deployment deployment) {
        int[] units = layout.stages().stream().mapToInt(Stage::pcus).toArray();
        return of(units, layout.buffers(), Grid.of(deployment));
    }

    static FloorPlan of(int[] units, List<StageBuffer> buffers, Grid grid) {
        Laid laid = lay(units, buffers, grid);
        return new FloorPlan(grid.columns, grid.rows, laid.pcus, laid.pmus, laid.mesh.links());
    }

    /// Lays buffers out, and stages that have so many units each.
    static Laid lay(int[] units, List<StageBuffer> buffers, Grid grid) {
        List<List<Site>> pmus = new ArrayList<>();
        int[] near = new int[units.length];
        Arrays.fill(near, Integer.MAX_VALUE);
        int memory = 0;
        for (StageBuffer b : buffers) {
            pmus.add(take(grid.pmus, memory, b.pmus()));
            int at = Math.floorMod(memory, grid.pmus.size());
            b.stages().forEach(s -> near[s] = Math.min(near[s], at));
            memory += b.pmus();
        }
        List<List<Site>> pcus = place(units, near, grid);
        List<MeshStream> streams = new ArrayList<>();
        List<Area> areas = pmus.stream().map(Area::of).toList();
        for (int s = 0; s < units.length; s++) {
            Area area = Area.of(pcus.get(s));
            for (int i = 0; i < buffers.size(); i++) {
                streams(s, buffers.get(i), area, areas.get(i), streams);
            }
        }
        Router.Routed routed = Router.route(streams, units.length, grid.columns, grid.rows);
        return new Laid(pcus, pmus, routed.busiest(), routed.mesh());
    }

    /// Gives stages units along the line, each from where its first buffer lies or the stage before it ends.
    private static List<List<Site>> place(int[] units, int[] near, Grid grid) {
        List<List<Site>> pcus = new ArrayList<>();
        int begin = 0;
        int left = Arrays.stream(units).sum();
        for (int s = 0; s < units.length; s++) {
            int room = Math.max(begin, grid.pcus.size() - left);
            begin = Math.clamp((long) near[s] * grid.pcus.size() / grid.pmus.size(), begin, room);
            pcus.add(take(grid.pcus, begin, units[s]));
            begin += units[s];
            left -= units[s];
        }
        return pcus;
    }

    /// Units of a stage or a buffer, along the line and row by row.
    private record Area(List<Site> line, List<Site> rows) {

        static Area of(List<Site> line) {
            return new Area(
                    line,
                    line.stream()
                            .sorted(Comparator.comparingInt(Site::row).thenComparingInt(Site::column))
                            .toList());
        }
    }

    /// What a stage sends to the memory units of a buffer, and takes from there.
    private static void streams(int stage, StageBuffer b, Area pcus, Area pmus, List<MeshStream> found) {
        if (b.producer() == stage) {
            streams(stage, pcus.rows, pmus.rows, b.valueBytes(), found);
        }
        for (StageBuffer.Reader r : b.readers()) {
            if (r.stage() == stage) {
                read(pmus, pcus, r, found);
            }
        }
    }

    /// The bytes of the link that has most.
    public long busiestLink() {
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

    /// Bytes from some sites to others, in as many streams as the larger side has sites: from row to row, for which
    /// unit
    /// holds or takes what is free to choose.
    private static void streams(int stage, List<Site> from, List<Site> to, long all, List<MeshStream> found) {
        int streams = from.isEmpty() || to.isEmpty() ? 0 : Math.max(from.size(), to.size());
        for (int i = 0; i < streams; i++) {
            MeshStream.Fields field = MeshStream.Fields.of(to.get(i * to.size() / streams));
            found.add(new MeshStream(stage, from.get(i * from.size() / streams), field, part(all, i, streams)));
        }
    }

    /// What a stage takes from a buffer: each group of its units a part, which goes to all of the group.
    private static void read(Area pmus, Area pcus, StageBuffer.Reader reader, List<MeshStream> found) {
        List<Site> from = pmus.line;
        List<Site> to = pcus.line;
        int groups = Math.min(reader.groups(), to.size());
        if (groups == to.size()) {
            streams(reader.stage(), pmus.rows, pcus.rows, reader.bytes(), found);
            return;
        }
        int streams = from.isEmpty() ? 0 : Math.max(from.size(), groups);
        for (int g = 0, i = 0; g < groups && i < streams; g++) {
            MeshStream.Fields alike = MeshStream.Fields.of(group(to, g, groups, reader.operand()));
            for (; i < streams && (long) i * groups / streams == g; i++) {
                Site source = from.get((int) ((long) i * from.size() / streams));
                found.add(new MeshStream(reader.stage(), source, alike, part(reader.bytes(), i, streams)));
            }
        }
    }

    /// Units of a row stand side by side, those of a column one row apart.
    private static List<Site> group(List<Site> units, int group, int groups, Operand operand) {
        if (operand == Operand.LEFT) {
            return units.subList(group * units.size() / groups, (group + 1) * units.size() / groups);
        }
        List<Site> column = new ArrayList<>();
        for (int i = group; i < units.size(); i += groups) {
            column.add(units.get(i));
        }
        return column;
    }

    private static long part(long all, int i, int parts) {
        return (long) ((double) all * (i + 1) / parts) - (long) ((double) all * i / parts);
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
    }
}
