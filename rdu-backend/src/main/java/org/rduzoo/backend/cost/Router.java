package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Leads streams over a mesh, around links that are busy.
///
/// One after the other, the heaviest first, takes the way whose links have least to pass on. Its trunk is the row or
/// column that it comes from, the first or the last one that it goes to, or one between them: for each stream another,
/// so that all of these are in use.
final class Router {

    private final Mesh all;
    private final List<Mesh> own;
    private Route best;
    private Route tried;
    private double cost;

    private Router(int stages, int columns, int rows) {
        all = new Mesh(columns, rows);
        own = IntStream.range(0, stages).mapToObj(_ -> new Mesh(columns, rows)).toList();
        best = new Route(all);
        tried = new Route(all);
    }

    /// What goes over links.
    ///
    /// @param busiest by stage: the bytes of its own streams on the link that has most of them
    record Routed(List<Long> busiest, Mesh mesh) {}

    static Routed route(List<MeshStream> streams, int stages, int columns, int rows) {
        Router router = new Router(stages, columns, rows);
        List<MeshStream> heaviest = new ArrayList<>(streams);
        heaviest.sort(Comparator.comparingLong(MeshStream::bytes).reversed());
        for (int i = 0; i < heaviest.size(); i++) {
            router.lead(heaviest.get(i), i);
        }
        return new Routed(router.own.stream().map(Mesh::busiest).toList(), router.all);
    }

    private void lead(MeshStream s, int turn) {
        cost = Double.POSITIVE_INFINITY;
        consider(s, true, s.from().row(), s.to().rows(), turn);
        consider(s, false, s.from().column(), s.to().columns(), turn);
        all.send(best, s.bytes());
        own.get(s.stage()).send(best, s.bytes());
    }

    private void consider(MeshStream s, boolean row, int from, MeshStream.Lines to, int turn) {
        int low = Math.min(from, to.first());
        int high = Math.max(from, to.last());
        consider(s, row, from);
        if (low < high) {
            consider(s, row, low + turn % (high - low));
            if (row || to.first() < to.last()) {
                consider(s, row, to.first());
                consider(s, row, to.last());
            }
        }
    }

    private void consider(MeshStream s, boolean row, int trunk) {
        tried.lead(s, row, trunk);
        double own = all.cost(tried, s.bytes(), cost);
        if (own < cost) {
            cost = own;
            Route better = tried;
            tried = best;
            best = better;
        }
    }
}
