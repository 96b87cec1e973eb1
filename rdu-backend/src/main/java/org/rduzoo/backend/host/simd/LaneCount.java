package org.rduzoo.backend.host.simd;

/// How many lanes the vectors of [Lanes] have, for those who do without them: to ask the Vector API would load it,
/// which
/// takes time. The launcher says it; where it does not, the Vector API is asked.
final class LaneCount {

    static final int COUNT = count();

    private LaneCount() {}

    private static int count() {
        Integer said = Integer.getInteger("rdu.lanes");
        return said != null ? said : Lanes.COUNT;
    }

    /// The largest multiple of the number of lanes that is at most `n`.
    static int whole(int n) {
        return n & -COUNT;
    }
}
