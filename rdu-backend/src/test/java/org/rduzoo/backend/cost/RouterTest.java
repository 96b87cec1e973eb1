package org.rduzoo.backend.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.cost.FloorPlan.Link;
import org.rduzoo.backend.cost.FloorPlan.Site;

class RouterTest {

    private static final int COLUMNS = 7;
    private static final int ROWS = 5;

    private static Site at(int column, int row) {
        return new Site(column, row, 0);
    }

    private static MeshStream stream(int stage, long bytes, Site from, Site... to) {
        return new MeshStream(stage, from, MeshStream.Fields.of(List.of(to)), bytes);
    }

    private static Router.Routed route(MeshStream... streams) {
        return Router.route(List.of(streams), 2, COLUMNS, ROWS);
    }

    private static long sum(Router.Routed routed) {
        return routed.mesh().links().stream().mapToLong(Link::bytes).sum();
    }

    @Test
    void aStreamByItselfGoesAlongItsRowAndThenAColumn() {
        assertThat(route(stream(0, 10, at(1, 1), at(3, 0))).mesh().links())
                .containsExactlyInAnyOrder(
                        new Link(1, 1, 2, 1, 10), new Link(2, 1, 3, 1, 10), new Link(3, 1, 3, 0, 10));
    }

    @Test
    void twoStreamsThatWouldShareALinkGoApart() {
        Router.Routed routed = route(stream(0, 10, at(0, 0), at(3, 2)), stream(1, 10, at(0, 0), at(3, 2)));
        assertThat(routed.mesh().busiest()).isEqualTo(10);
        assertThat(routed.busiest()).containsExactly(10L, 10L);
        // Neither makes a detour: five links each.
        assertThat(sum(routed)).isEqualTo(2 * 5 * 10);
    }

    @Test
    void ofThreeStreamsOneTurnsTwice() {
        MeshStream s = stream(0, 10, at(0, 0), at(4, 4));
        Router.Routed routed = Router.route(List.of(s, s, s), 1, COLUMNS, ROWS);
        // Two links leave the corner, so one of them has two streams; row first alone it would have three.
        assertThat(routed.mesh().busiest()).isEqualTo(20);
        assertThat(routed.mesh().links().stream().filter(l -> l.bytes() == 20).count())
                .isLessThan(8);
    }

    @Test
    void theHeaviestStreamTakesTheStraightWay() {
        // The light one, although named first, leaves the row to the other, which has no choice.
        Router.Routed routed = route(stream(0, 1, at(0, 0), at(4, 1)), stream(1, 100, at(0, 0), at(4, 0)));
        assertThat(routed.mesh().links()).contains(new Link(0, 0, 0, 1, 1), new Link(0, 0, 1, 0, 100));
        assertThat(routed.mesh().busiest()).isEqualTo(100);
    }

    @Test
    void whatSeveralFieldsTakeGoesOverEachLinkOnce() {
        Site[] square =
                IntStream.range(0, 9).mapToObj(i -> at(2 + i % 3, i / 3)).toArray(Site[]::new);
        Router.Routed routed = route(stream(0, 10, at(0, 1), square));
        assertThat(routed.mesh().busiest()).isEqualTo(10);
        // Four links along the middle row, or as many more as branches have: two in each of three columns.
        assertThat(routed.mesh().links()).hasSize(4 + 3 * 2);
    }

    @Test
    void allBytesArriveByTheShortestWaysAndSpreadOverLinks() {
        SplittableRandom random = new SplittableRandom(1);
        List<MeshStream> streams = new ArrayList<>();
        Map<Site, Long> more = new HashMap<>();
        long ways = 0;
        for (int i = 0; i < 300; i++) {
            Site from = at(random.nextInt(2), random.nextInt(ROWS));
            Site to = at(COLUMNS - 1 - random.nextInt(2), random.nextInt(ROWS));
            long bytes = random.nextLong(1, 100);
            streams.add(stream(0, bytes, from, to));
            more.merge(from, -bytes, Long::sum);
            more.merge(to, bytes, Long::sum);
            ways += bytes * (Math.abs(from.column() - to.column()) + Math.abs(from.row() - to.row()));
        }
        Router.Routed routed = Router.route(streams, 1, COLUMNS, ROWS);
        assertThat(sum(routed)).isEqualTo(ways);
        Map<Site, Long> arrived = new HashMap<>();
        for (Link l : routed.mesh().links()) {
            arrived.merge(at(l.fromColumn(), l.fromRow()), -l.bytes(), Long::sum);
            arrived.merge(at(l.toColumn(), l.toRow()), l.bytes(), Long::sum);
        }
        arrived.values().removeIf(b -> b == 0);
        more.values().removeIf(b -> b == 0);
        assertThat(arrived).isEqualTo(more);

        Mesh rowFirst = new Mesh(COLUMNS, ROWS);
        Route route = new Route(rowFirst);
        for (MeshStream s : streams) {
            route.lead(s, true, s.from().row());
            rowFirst.send(route, s.bytes());
        }
        // All cross the middle, over a link in each row.
        double least = streams.stream().mapToLong(MeshStream::bytes).sum() / (double) ROWS;
        assertThat(rowFirst.busiest() / least).isGreaterThan(1.3);
        assertThat(routed.mesh().busiest() / least).isLessThan(1.1);
    }
}
