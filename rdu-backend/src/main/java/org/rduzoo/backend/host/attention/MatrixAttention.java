package org.rduzoo.backend.host.attention;

import java.util.List;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.kernel.ScalarFunctions;
import org.rduzoo.backend.host.kernel.ShareDrops;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.backend.host.simd.ShareRows;
import org.rduzoo.ir.DType;

/// Attention of many queries by the library's products of matrices.
///
/// The queries of some tokens, of all heads that share a key head, are the rows of a block. Keys and values go by in
/// blocks of their own: one product gives a block's scores, each row of them is turned into shares, and a second
/// product adds the shares of the values. The largest score, the sum of exponentials and the output of each row are
/// carried from block to block (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018).
final class MatrixAttention implements Kernel {

    private final AttentionSpec spec;
    private final Blocks blocks;
    private final List<Workspace> workspaces;
    private final int tokensPerUnit;
    private final int unitsPerHead;
    private final boolean masked;

    /// Whether all queries see the same keys.
    private final boolean alike;

    private final boolean roundsScores;
    private final float scale;

    /// @param workspaces one for each part, for blocks of this shape
    MatrixAttention(AttentionSpec spec, Blocks blocks, List<Workspace> workspaces) {
        this.spec = spec;
        this.blocks = blocks;
        this.workspaces = workspaces;
        this.tokensPerUnit = blocks.rows() / spec.group();
        this.unitsPerHead = unitsPerHead(spec, blocks);
        this.roundsScores = spec.scores() == DType.BF16;
        this.scale = (float) spec.scale();
        this.masked = spec.segments().isPresent() || spec.keyMask().isPresent();
        this.alike = spec.segments().isEmpty() && !spec.causal() && spec.window() == 0;
    }

    /// How many blocks of rows it goes through.
    static int units(AttentionSpec spec, Blocks blocks) {
        return spec.batch() * spec.keyHeads() * unitsPerHead(spec, blocks);
    }

    private static int unitsPerHead(AttentionSpec spec, Blocks blocks) {
        return Math.ceilDiv(spec.queries(), blocks.rows() / spec.group());
    }

    @Override
    public int parts(int threads) {
        return workspaces.size();
    }

    @Override
    public void run(int part, int parts) {
        int units = units(spec, blocks);
        Workspace w = workspaces.get(part);
        float p = spec.dropProbability();
        // To and fro, since later tokens see more keys.
        for (int round = 0; round * parts < units; round++) {
            int unit = round * parts + (round % 2 == 0 ? part : parts - 1 - part);
            if (unit < units) {
                int head = unit / unitsPerHead;
                attend(head / spec.keyHeads(), head % spec.keyHeads(), unit % unitsPerHead * tokensPerUnit, p, w);
            }
        }
    }

    private void attend(int b, int keyHead, int firstToken, float p, Workspace w) {
        int tokens = Math.min(tokensPerUnit, spec.queries() - firstToken);
        int group = spec.group();
        int rows = tokens * group;
        long position = spec.firstPosition(b) + firstToken;
        int valid = spec.validKeys(b);
        int first = spec.firstKey(b, position);
        int end = Math.min(spec.endKey(position + tokens - 1), valid);
        long queries = queries(b, keyHead, firstToken, tokens, w);
        w.begin(rows);
        for (int block = first; block < end; block += blocks.keys()) {
            int n = Math.min(blocks.keys(), end - block);
            if (masked) {
                loadSegments(b, block, n, w);
            }
            w.score(queries, keys(spec.k(), b, keyHead, block, n, spec.headSize(), blocks.keyStride(), w.keys));
            if (alike) {
                hideOthers(rows, n, w);
            } else {
                for (int t = 0; t < tokens; t++) {
                    look(b, position + t, block, n, t * group, w);
                }
            }
            ShareRows.shares(w.rows, rows, roundsScores ? 1 : scale, blocks.type() == DType.BF16);
            for (int row = 0; p > 0 && row < rows; row++) {
                drop(row, spec.dropKey(b, keyHead * group + row % group, firstToken + row / group), block, p, w);
            }
            addSums(rows, block > first, w);
            long values = keys(spec.v(), b, keyHead, block, n, spec.valueSize(), blocks.valueStride(), w.values);
            w.addValues(values, block > first);
        }
        if (first >= end) {
            ShareRows.clear(w.rows.outputs(), 4L * rows * spec.valueSize());
        }
        finish(b, keyHead, firstToken, tokens, ShareDrops.raise(p), w);
    }

    /// Where the rows of a unit are as far apart as a block's: where they are stored, if they are of one head and fill
    /// it.
    private long queries(int b, int keyHead, int firstToken, int tokens, Workspace w) {
        int group = spec.group();
        if (group == 1 && tokens == blocks.rows() && lieAs(blocks.queryStride(), spec.q())) {
            return spec.q().address(b, keyHead, firstToken);
        }
        for (int g = 0; g < group; g++) {
            loadRows(spec.q(), b, keyHead * group + g, firstToken, tokens, spec.headSize(), w.queries, g, group);
        }
        return w.queries;
    }

    /// Where the keys, or values, of the positions from `first` on are as far apart as a block's: where they are
    /// stored, if they fill it and no ring ends among them.
    private long keys(Heads heads, int b, int head, int first, int n, int size, long stride, long copies) {
        int slot = spec.slot(first);
        if (n == blocks.keys() && slot + n <= spec.keys() && lieAs(stride, heads)) {
            return heads.address(b, head, slot);
        }
        loadKeys(heads, b, head, first, n, size, copies);
        return copies;
    }

    private boolean lieAs(long stride, Heads heads) {
        return heads.place().dtype() == blocks.type() && heads.tokenStride() == stride;
    }

    /// All rows see the keys of a block but those that are hidden from all.
    private void hideOthers(int rows, int n, Workspace w) {
        int high = toGrain(n);
        boolean plain = high == n && !roundsScores && !(masked && !w.isAllOf(0));
        for (int row = 0; row < rows; row++) {
            w.rows.low()[row] = 0;
            w.rows.high()[row] = high;
            if (!plain) {
                prepare(row, 0, n, 0, w);
            }
        }
    }

    /// Finds what a token's rows see of the `n` keys of a block, which are all valid.
    private void look(int b, long position, int block, int n, int firstRow, Workspace w) {
        boolean outside = spec.segments().isPresent() && (position < 0 || position >= spec.keys());
        int from = Math.max(spec.firstKey(b, position) - block, 0);
        int to = outside ? from : Math.min(spec.endKey(position) - block, n);
        int segment = spec.segments().isPresent() && !outside ? (int) spec.segmentOf(b, position) : 0;
        for (int row = firstRow; row < firstRow + spec.group(); row++) {
            w.rows.low()[row] = from < to ? from & -ShareRows.GRAIN : 0;
            w.rows.high()[row] = from < to ? toGrain(to) : 0;
            if (from < to) {
                prepare(row, from, to, segment, w);
            }
        }
    }

    private static int toGrain(int keys) {
        return (keys + ShareRows.GRAIN - 1) & -ShareRows.GRAIN;
    }

    /// Hides the scores of a row that are of keys outside `[from, to)`, or of another segment, and rounds them if need
    /// be.
    private void prepare(int row, int from, int to, int segment, Workspace w) {
        int low = w.rows.low()[row];
        int high = w.rows.high()[row];
        long scores = w.rows.scores() + 4L * ((long) row * blocks.keys() + low);
        for (int i = low; i < from; i++) {
            RawMemory.f32(scores + 4L * (i - low), Float.NEGATIVE_INFINITY);
        }
        for (int i = to; i < high; i++) {
            RawMemory.f32(scores + 4L * (i - low), Float.NEGATIVE_INFINITY);
        }
        if (roundsScores) {
            ShareRows.scaleAndRound(scores, scale, high - low);
        }
        if (masked && !w.isAllOf(segment)) {
            ShareRows.hideOthers(scores, w.segments + 4L * low, segment, high - low);
        }
    }

    /// Adds a block's sums to those before, and brings the latter and the outputs to the same footing.
    private void addSums(int rows, boolean hasOutputs, Workspace w) {
        for (int row = 0; row < rows; row++) {
            float before = w.rows.was()[row];
            float now = w.rows.max()[row];
            if (hasOutputs && before < now && before != Float.NEGATIVE_INFINITY) {
                float shrunk = ScalarFunctions.exp(before - now);
                w.sums[row] *= shrunk;
                long outputs = w.rows.outputs() + 4L * row * spec.valueSize();
                ShareRows.scale(outputs, shrunk, outputs, spec.valueSize());
            }
            w.sums[row] += w.rows.sum()[row];
        }
    }

    /// Drops shares of a row: of the keys of the block from `first` on.
    private void drop(int row, long key, int first, float p, Workspace w) {
        int low = w.rows.low()[row];
        int bytes = blocks.type().bytes();
        long shares = w.rows.shares() + ((long) row * blocks.keys() + low) * bytes;
        ShareRows.drop(shares, blocks.type() == DType.BF16, key, first + low, p, w.rows.high()[row] - low);
    }

    /// @param raise what dropout multiplies with
    private void finish(int b, int keyHead, int firstToken, int tokens, float raise, Workspace w) {
        int group = spec.group();
        for (int row = 0; row < tokens * group; row++) {
            float sum = w.sums[row];
            w.rows.factor()[row] = sum == 0 ? 0 : raise / sum;
            if (spec.logSumExp().isPresent()) {
                float lse = sum == 0 ? Float.NEGATIVE_INFINITY : (float) (w.rows.max()[row] + Math.log(sum));
                int head = keyHead * group + row % group;
                RawMemory.f32(spec.logSumExpAddress(b, head, firstToken + row / group), lse);
            }
        }
        DType type = spec.out().place().dtype();
        long stride = spec.out().tokenStride() * type.bytes();
        for (int g = 0; g < group; g++) {
            long to = spec.out().address(b, keyHead * group + g, firstToken);
            ShareRows.finish(w.rows, g, group, tokens, to, stride, type == DType.BF16);
        }
    }

    /// Brings the keys, or values, of the positions from `first` on: in two runs where a ring ends among them. Behind
    /// them come zeros, since a share of nothing must be nothing.
    private void loadKeys(Heads heads, int b, int head, int first, int count, int size, long to) {
        int slot = spec.slot(first);
        int before = Math.min(count, spec.keys() - slot);
        loadRows(heads, b, head, slot, before, size, to, 0, 1);
        loadRows(heads, b, head, 0, count - before, size, to, before, 1);
        long row = (long) size * blocks.type().bytes();
        if (count < blocks.keys()) {
            ShareRows.clear(to + count * row, (blocks.keys() - count) * row);
        }
    }

    /// Brings rows of tokens to every `step`th row from the one numbered `at` on.
    private void loadRows(Heads heads, int b, int head, int token, int count, int size, long to, int at, int step) {
        if (count == 0) {
            return;
        }
        DType stored = heads.place().dtype();
        long from = heads.address(b, head, token);
        long stride = heads.tokenStride() * stored.bytes();
        long row = (long) size * blocks.type().bytes();
        if (stored == blocks.type()) {
            ShareRows.copy(from, stride, to + at * row, step * row, (int) row, count);
        } else {
            ShareRows.widen(from, stride, to + at * row, step * row, size, count);
        }
    }

    /// Segments of keys as numbers, another one for those that are hidden.
    private void loadSegments(int b, int first, int count, Workspace w) {
        for (int i = 0; i < count; i++) {
            int key = first + i;
            int segment = spec.segments().isPresent() ? (int) spec.segmentOf(b, key) : 0;
            w.segment(i, spec.isHidden(b, key) ? Workspace.HIDDEN : segment);
        }
    }
}
