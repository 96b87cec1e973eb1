package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Panel.ROWS;
import static org.rduzoo.backend.host.simd.Panel.WIDTH;

import java.util.Arrays;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.kernel.ScalarFunctions;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;

/// Attention of many queries, which stand side by side in the columns of panels.
///
/// Keys and values go by in chunks, once for several panels. Of a chunk, all scores of a panel are computed as one
/// strip,
/// a row a key; the largest score, the sum of exponentials and the output of each column are carried from chunk to
/// chunk
/// (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018). Where the softmax is rounded, it is
/// first
/// divided by the sum so far, which is the whole sum if all keys fit in one chunk.
final class ManyQueries implements Kernel {

    private static final Outlined SCALE_AND_ROUND =
            Outlined.of(StripSoftmax.class, "scaleAndRound", void.class, float[].class, int.class, float.class);
    private static final Outlined MAX =
            Outlined.of(StripSoftmax.class, "max", void.class, float[].class, int.class, float[].class, int.class);
    private static final Outlined EXP = Outlined.of(
            StripSoftmax.class, "exp", void.class, float[].class, int.class, float[].class, float[].class, int.class);
    private static final Outlined SCALE =
            Outlined.of(StripSoftmax.class, "scale", void.class, float[].class, int.class, int.class, float[].class);
    private static final Outlined SCALE_TO_BF16 = Outlined.of(
            StripSoftmax.class, "scaleToBf16", void.class, float[].class, int.class, int.class, float[].class);

    /// Numbers of a chunk's keys, or values: they stay in the second-level cache.
    private static final int CHUNK = 32 * 1024;

    /// Keys whose softmax stays in the first-level cache while it is multiplied.
    private static final int SUBTILE = 128;

    /// Queries that share a chunk.
    private static final int TOGETHER = 128;

    private final AttentionSpec spec;
    private final int headSize;
    private final int valuePitch;
    private final int chunkKeys;
    private final int panels;
    private final int panelsPerUnit;
    private final int unitsPerHead;
    private final boolean roundsSoftmax;
    private final boolean roundsScores;
    private final Workspace[] workspaces;

    ManyQueries(AttentionSpec spec, int parts) {
        this.spec = spec;
        this.headSize = spec.headSize();
        this.valuePitch = (spec.valueSize() + ROWS - 1) / ROWS * ROWS;
        this.chunkKeys = Math.clamp(CHUNK / Math.max(headSize, valuePitch), SUBTILE, 1024);
        this.panels = (spec.group() * spec.queries() + WIDTH - 1) / WIDTH;
        long all = (long) spec.batch() * spec.keyHeads() * panels;
        this.panelsPerUnit = Math.clamp(all / (4L * parts), 1, Math.max(1, Math.min(TOGETHER / WIDTH, panels)));
        this.unitsPerHead = (panels + panelsPerUnit - 1) / panelsPerUnit;
        this.roundsSoftmax = spec.v().place().dtype() == DType.BF16;
        this.roundsScores = spec.scores() == DType.BF16;
        this.workspaces = new Workspace[parts];
        Arrays.setAll(workspaces, _ -> new Workspace());
    }

    /// What one part works with.
    private final class Workspace {
        final float[] keys = new float[(Math.min(chunkKeys, spec.keys()) + ROWS) * headSize];
        final float[] values = new float[Math.min(chunkKeys, spec.keys()) * valuePitch];
        final float[] strip = new float[(Math.min(chunkKeys, spec.keys()) + ROWS) * WIDTH];
        final float[] queries = new float[panelsPerUnit * headSize * WIDTH];
        final float[] outputs = new float[panelsPerUnit * valuePitch * WIDTH];
        final float[] row = new float[headSize];
        final float[] max = new float[panelsPerUnit * WIDTH];
        final float[] sum = new float[panelsPerUnit * WIDTH];
        final float[] before = new float[WIDTH];
        final float[] shift = new float[WIDTH];
        final float[] factor = new float[WIDTH];
        final int[] positions = new int[panelsPerUnit * WIDTH];
        final int[] segments = new int[panelsPerUnit * WIDTH];
        final int[] firstKey = new int[panelsPerUnit];
        final int[] endKey = new int[panelsPerUnit];
        final int[] lowest = new int[panelsPerUnit];
        final int[] highest = new int[panelsPerUnit];
        final StripDrops drops = new StripDrops(spec, panelsPerUnit, Math.min(chunkKeys, spec.keys()));
    }

    @Override
    public void run(int part, int parts) {
        int units = spec.batch() * spec.keyHeads() * unitsPerHead;
        workspaces[part].drops.begin();
        for (int unit = part; unit < units; unit += parts) {
            int head = unit / unitsPerHead;
            int panel = unit % unitsPerHead * panelsPerUnit;
            attend(head / spec.keyHeads(), head % spec.keyHeads(), panel, workspaces[part]);
        }
    }

    private void attend(int b, int keyHead, int firstPanel, Workspace w) {
        int count = Math.min(panelsPerUnit, panels - firstPanel);
        int first = Integer.MAX_VALUE;
        int end = 0;
        for (int p = 0; p < count; p++) {
            loadQueries(b, keyHead, firstPanel + p, p, w);
            first = Math.min(first, w.firstKey[p]);
            end = Math.max(end, w.endKey[p]);
        }
        Arrays.fill(w.outputs, 0);
        Arrays.fill(w.max, Float.NEGATIVE_INFINITY);
        Arrays.fill(w.sum, 0);
        for (int chunk = first; chunk < end; chunk += chunkKeys) {
            int n = Math.min(chunkKeys, end - chunk);
            AttentionRows.loadKeys(spec, spec.k(), b, keyHead, chunk, n, headSize, w.keys, headSize);
            AttentionRows.loadKeys(spec, spec.v(), b, keyHead, chunk, n, spec.valueSize(), w.values, valuePitch);
            for (int p = 0; p < count; p++) {
                int from = Math.max(chunk, w.firstKey[p]);
                int to = Math.min(chunk + n, w.endKey[p]);
                if (from < to) {
                    takeIn(b, p, chunk, from, to, w);
                }
            }
        }
        for (int p = 0; p < count; p++) {
            writeOutputs(b, keyHead, firstPanel + p, p, w);
        }
    }

    /// Fills a panel: its queries, scaled, their positions and segments, and the keys that any of them may see.
    private void loadQueries(int b, int keyHead, int panel, int p, Workspace w) {
        float scale = roundsScores ? 1 : (float) spec.scale();
        long start = spec.firstPosition(b);
        int all = spec.group() * spec.queries();
        long lowest = Long.MAX_VALUE;
        long highest = Long.MIN_VALUE;
        for (int lane = 0; lane < WIDTH; lane++) {
            // Columns beyond the last query repeat it, and are not written.
            int query = Math.min(panel * WIDTH + lane, all - 1);
            int head = keyHead * spec.group() + query / spec.queries();
            int token = query % spec.queries();
            long position = start + token;
            AttentionRows.load(spec.q(), b, head, token, 1, headSize, w.row, headSize);
            int at = p * headSize * WIDTH + lane;
            for (int d = 0; d < headSize; d++) {
                w.queries[at + d * WIDTH] = w.row[d] * scale;
            }
            w.positions[p * WIDTH + lane] = Math.toIntExact(position);
            w.drops.column(p, lane, b, head, token);
            if (spec.segments().isPresent()) {
                w.segments[p * WIDTH + lane] = (int) spec.segmentOf(b, position);
            }
            lowest = Math.min(lowest, position);
            highest = Math.max(highest, position);
        }
        w.lowest[p] = (int) lowest;
        w.highest[p] = (int) highest;
        w.firstKey[p] = spec.firstKey(b, lowest);
        w.endKey[p] = Math.min(spec.endKey(highest), spec.validKeys(b));
    }

    /// Takes the keys from `from` to `to` into the outputs of panel `p`.
    private void takeIn(int b, int p, int chunk, int from, int to, Workspace w) {
        int n = to - from;
        int padded = (n + ROWS - 1) / ROWS * ROWS;
        Arrays.fill(w.strip, 0, padded * WIDTH, 0);
        for (int i = 0; i < padded; i += ROWS) {
            int key = (from - chunk + i) * headSize;
            Panel.accumulate(headSize, w.keys, key, headSize, 1, w.queries, p * headSize * WIDTH, w.strip, i * WIDTH);
        }
        if (roundsScores) {
            SCALE_AND_ROUND.run(w.strip, n, (float) spec.scale());
        }
        StripMask.hide(spec, b, w.strip, from, n, w.positions, w.segments, p * WIDTH, w.lowest[p], w.highest[p]);

        System.arraycopy(w.max, p * WIDTH, w.before, 0, WIDTH);
        MAX.run(w.strip, n, w.max, p * WIDTH);
        for (int lane = 0; lane < WIDTH; lane++) {
            float max = w.max[p * WIDTH + lane];
            w.shift[lane] = max == Float.NEGATIVE_INFINITY ? 0 : max;
            float shrunk = ScalarFunctions.exp(w.before[lane] - w.shift[lane]);
            w.before[lane] = w.sum[p * WIDTH + lane] * shrunk;
            w.factor[lane] = shrunk;
            w.sum[p * WIDTH + lane] = w.before[lane];
        }
        EXP.run(w.strip, n, w.shift, w.sum, p * WIDTH);
        int outputs = p * valuePitch * WIDTH;
        if (roundsSoftmax) {
            for (int lane = 0; lane < WIDTH; lane++) {
                float sum = w.sum[p * WIDTH + lane];
                w.shift[lane] = sum == 0 ? 0 : 1 / sum;
                w.factor[lane] = w.before[lane] * w.shift[lane];
            }
            SCALE_TO_BF16.run(w.strip, 0, n, w.shift);
        }
        if (w.drops.isAny()) {
            w.drops.find(p, from, n);
            w.drops.apply(w.strip, n);
        }
        if (from > w.firstKey[p]) {
            SCALE.run(w.outputs, outputs, valuePitch, w.factor);
        }
        for (int i = 0; i < n; i += SUBTILE) {
            int rows = Math.min(SUBTILE, n - i);
            int value = (from - chunk + i) * valuePitch;
            for (int d = 0; d < valuePitch; d += ROWS) {
                Panel.accumulate(
                        rows, w.values, value + d, 1, valuePitch, w.strip, i * WIDTH, w.outputs, outputs + d * WIDTH);
            }
        }
    }

    private void writeOutputs(int b, int keyHead, int panel, int p, Workspace w) {
        int live = Math.min(WIDTH, spec.group() * spec.queries() - panel * WIDTH);
        DType dtype = spec.out().place().dtype();
        for (int lane = 0; lane < live; lane++) {
            int query = panel * WIDTH + lane;
            int head = keyHead * spec.group() + query / spec.queries();
            int token = query % spec.queries();
            float sum = w.sum[p * WIDTH + lane];
            float scale = roundsSoftmax ? 1 : sum == 0 ? 0 : 1 / sum;
            int at = p * valuePitch * WIDTH + lane;
            AttentionRows.store(
                    w.outputs,
                    at,
                    WIDTH,
                    spec.valueSize(),
                    scale,
                    dtype,
                    spec.out().address(b, head, token));
            if (spec.logSumExp().isPresent()) {
                float lse = sum == 0 ? Float.NEGATIVE_INFINITY : (float) (w.max[p * WIDTH + lane] + Math.log(sum));
                RawMemory.f32(spec.logSumExpAddress(b, head, token), lse);
            }
        }
    }
}
