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
    private final boolean roundsScores;
    private final float scale;

    /// @param workspaces one for each part, for blocks of this shape
    MatrixAttention(AttentionSpec spec, Blocks blocks, List<Workspace> workspaces) {
        this.spec = spec;
        this.blocks = blocks;
        this.workspaces = workspaces;
        this.tokensPerUnit = blocks.rows() / spec.group();
        this.unitsPerHead = Math.ceilDiv(spec.queries(), tokensPerUnit);
        this.roundsScores = spec.scores() == DType.BF16;
        this.scale = (float) spec.scale();
        this.masked = spec.segments().isPresent() || spec.keyMask().isPresent();
    }

    @Override
    public void run(int part, int parts) {
        int units = spec.batch() * spec.keyHeads() * unitsPerHead;
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
        for (int g = 0; g < group; g++) {
            loadRows(spec.q(), b, keyHead * group + g, firstToken, tokens, spec.headSize(), w.queries, g, group);
        }
        w.begin(rows);
        for (int block = first; block < end; block += blocks.keys()) {
            int n = Math.min(blocks.keys(), end - block);
            loadKeys(spec.k(), b, keyHead, block, n, spec.headSize(), w.keys);
            loadKeys(spec.v(), b, keyHead, block, n, spec.valueSize(), w.values);
            if (masked) {
                loadSegments(b, block, n, w);
            }
            w.score();
            for (int t = 0; t < tokens; t++) {
                long at = position + t;
                int from = Math.max(spec.firstKey(b, at) - block, 0);
                int to = Math.min(Math.min(spec.endKey(at), valid) - block, n);
                boolean outside = spec.segments().isPresent() && (at < 0 || at >= spec.keys());
                int segment = spec.segments().isPresent() && !outside ? (int) spec.segmentOf(b, at) : 0;
                for (int g = 0; g < group; g++) {
                    look(t * group + g, from, outside ? from : to, segment, w);
                }
            }
            ShareRows.shares(w.rows, rows, roundsScores ? 1 : scale, blocks.type() == DType.BF16);
            for (int row = 0; p > 0 && row < rows; row++) {
                drop(row, spec.dropKey(b, keyHead * group + row % group, firstToken + row / group), block, p, w);
            }
            w.addValues(block > first);
        }
        if (first >= end) {
            ShareRows.clear(w.outputs, 4L * rows * spec.valueSize());
        }
        for (int row = 0; row < rows; row++) {
            finish(row, b, keyHead * group + row % group, firstToken + row / group, ShareDrops.raise(p), w);
        }
    }

    /// Finds the largest of a row's scores of the keys in `[from, to)` of a block, and brings what was summed before
    /// to the same footing.
    private void look(int row, int from, int to, int segment, Workspace w) {
        int low = from & -ShareRows.GRAIN;
        int high = (to + ShareRows.GRAIN - 1) & -ShareRows.GRAIN;
        float max = Float.NEGATIVE_INFINITY;
        if (from < to) {
            long scores = w.scores + 4L * ((long) row * blocks.keys() + low);
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
            max = ShareRows.max(scores, high - low) * (roundsScores ? 1 : scale);
        }
        if (max == Float.NEGATIVE_INFINITY) {
            w.rows.low()[row] = 0;
            w.rows.high()[row] = 0;
            return;
        }
        w.rows.low()[row] = low;
        w.rows.high()[row] = high;
        float before = w.rows.max()[row];
        if (!(max <= before)) {
            w.rows.max()[row] = max;
            if (before != Float.NEGATIVE_INFINITY) {
                float shrunk = ScalarFunctions.exp(before - max);
                w.rows.sum()[row] *= shrunk;
                long outputs = w.outputs + 4L * row * spec.valueSize();
                ShareRows.scale(outputs, shrunk, outputs, spec.valueSize());
            }
        }
    }

    /// Drops shares of a row: of the keys of the block from `first` on.
    private void drop(int row, long key, int first, float p, Workspace w) {
        int low = w.rows.low()[row];
        int bytes = blocks.type().bytes();
        long shares = w.shares + ((long) row * blocks.keys() + low) * bytes;
        ShareRows.drop(shares, blocks.type() == DType.BF16, key, first + low, p, w.rows.high()[row] - low);
    }

    /// @param raise what dropout multiplies with
    private void finish(int row, int b, int head, int token, float raise, Workspace w) {
        float sum = w.rows.sum()[row];
        float scale = sum == 0 ? 0 : raise / sum;
        long outputs = w.outputs + 4L * row * spec.valueSize();
        long to = spec.out().address(b, head, token);
        if (spec.out().place().dtype() == DType.BF16) {
            ShareRows.scaleToBf16(outputs, scale, to, spec.valueSize());
        } else {
            ShareRows.scale(outputs, scale, to, spec.valueSize());
        }
        if (spec.logSumExp().isPresent()) {
            float lse = sum == 0 ? Float.NEGATIVE_INFINITY : (float) (w.rows.max()[row] + Math.log(sum));
            RawMemory.f32(spec.logSumExpAddress(b, head, token), lse);
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
