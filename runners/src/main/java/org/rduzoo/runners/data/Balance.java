package org.rduzoo.runners.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// Evens out the rows of files, to within one: files that have more than their share give away their last rows, in the
/// order of the files, and files that have less take them at their end.
///
/// @param rows for each file its rows, in order
record Balance(List<List<Place>> rows) {

    /// Row `row` of split `split`.
    record Place(int split, int row) {}

    /// Each file keeps its own.
    static Balance none(List<Integer> counts) {
        List<List<Place>> rows = new ArrayList<>();
        for (int split = 0; split < counts.size(); split++) {
            List<Place> own = new ArrayList<>();
            for (int row = 0; row < counts.get(split); row++) {
                own.add(new Place(split, row));
            }
            rows.add(own);
        }
        return new Balance(rows);
    }

    /// The first files get one more where it does not come out even.
    static Balance even(List<Integer> counts) {
        Balance balance = none(counts);
        int total = counts.stream().mapToInt(Integer::intValue).sum();
        int files = Math.max(1, counts.size());
        int remainder = total % files;
        Deque<Place> extra = new ArrayDeque<>();
        int[] shares = new int[counts.size()];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = total / files + (i < remainder ? 1 : 0);
            List<Place> own = balance.rows.get(i);
            if (own.size() > shares[i]) {
                List<Place> last = own.subList(shares[i], own.size());
                extra.addAll(last);
                last.clear();
            }
        }
        for (int i = 0; i < shares.length; i++) {
            List<Place> own = balance.rows.get(i);
            while (own.size() < shares[i]) {
                own.add(extra.removeFirst());
            }
        }
        return balance;
    }
}
