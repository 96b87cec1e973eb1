package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Panel.ROWS;
import static org.rduzoo.backend.host.simd.Panel.WIDTH;

import java.util.Arrays;
import org.rduzoo.backend.host.kernel.AttentionGradientSpec;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;

/// The gradient of attention by panels. A part takes a key head at a time, with all queries that read it: they stand in
/// the columns of panels, keys go by in short strips, and a strip's softmax is computed again from the scores and the
/// log-sum-exp of each column. Of a strip come its parts of all three gradients, each a product with the panel.
final class VectorAttentionGradient implements Kernel {

    private static final Outlined SCALE_AND_ROUND =
            Outlined.of(StripSoftmax.class, "scaleAndRound", void.class, float[].class, int.class, float.class);
    private static final Outlined EXP = Outlined.of(
            StripSoftmax.class, "exp", void.class, float[].class, int.class, float[].class, float[].class, int.class);
    private static final Outlined GRADIENT = Outlined.of(
            StripSoftmax.class,
            "gradient",
            void.class,
            float[].class,
            float[].class,
            int.class,
            float[].class,
            boolean.class);

    /// Keys of a strip: two strips stay in the first-level cache. A multiple of [Panel#ROWS].
    private static final int STRIP = 64;

    private final AttentionGradientSpec spec;
    private final AttentionSpec forward;
    private final int headPitch;
    private final int valuePitch;
    private final int headChunks;
    private final int valueChunks;
    private final int paddedKeys;
    private final int panels;
    private final boolean roundsScores;
    private final boolean roundsFactors;
    private final Workspace[] workspaces;

    VectorAttentionGradient(AttentionGradientSpec spec, int parts) {
        this.spec = spec;
        this.forward = spec.forward();
        this.headPitch = padded(forward.headSize());
        this.valuePitch = padded(forward.valueSize());
        this.headChunks = (forward.headSize() + WIDTH - 1) / WIDTH;
        this.valueChunks = (forward.valueSize() + WIDTH - 1) / WIDTH;
        this.paddedKeys = padded(forward.keys());
        this.panels = (forward.group() * forward.queries() + WIDTH - 1) / WIDTH;
        this.roundsScores = forward.scores() == DType.BF16;
        this.roundsFactors = forward.v().place().dtype() == DType.BF16;
        this.workspaces = new Workspace[parts];
        Arrays.setAll(workspaces, _ -> new Workspace());
    }

    private static int padded(int n) {
        return (n + ROWS - 1) / ROWS * ROWS;
    }

    /// What one part works with. Rows of a panel's queries come twice: as its columns, and side by side in chunks as
    /// wide as a panel.
    private final class Workspace {
        final float[] keys = new float[paddedKeys * headPitch];
        final float[] values = new float[paddedKeys * valuePitch];
        final float[] byKeys = new float[headChunks * paddedKeys * WIDTH];
        final float[] byValues = new float[valueChunks * paddedKeys * WIDTH];
        final float[] queries = new float[forward.headSize() * WIDTH];
        final float[] queryRows = new float[headChunks * WIDTH * WIDTH];
        final float[] byQueries = new float[headPitch * WIDTH];
        final float[] gradients = new float[forward.valueSize() * WIDTH];
        final float[] gradientRows = new float[valueChunks * WIDTH * WIDTH];
        final float[] shares = new float[STRIP * WIDTH];
        final float[] byScores = new float[STRIP * WIDTH];
        final float[] row = new float[Math.max(headPitch, valuePitch)];
        final float[] out = new float[valuePitch];
        final float[] logSums = new float[WIDTH];
        final float[] shifts = new float[WIDTH];
        final float[] unused = new float[WIDTH];
        final int[] positions = new int[WIDTH];
        final int[] segments = new int[WIDTH];
        final StripDrops drops = new StripDrops(forward, 1, STRIP);
        int lowest;
        int highest;
    }

    @Override
    public void run(int part, int parts) {
        workspaces[part].drops.begin();
        for (int unit = part; unit < forward.batch() * forward.keyHeads(); unit += parts) {
            keyHead(unit / forward.keyHeads(), unit % forward.keyHeads(), workspaces[part]);
        }
    }

    private void keyHead(int b, int keyHead, Workspace w) {
        int keys = forward.keys();
        AttentionRows.load(forward.k(), b, keyHead, 0, keys, forward.headSize(), w.keys, headPitch);
        AttentionRows.load(forward.v(), b, keyHead, 0, keys, forward.valueSize(), w.values, valuePitch);
        Arrays.fill(w.byKeys, 0);
        Arrays.fill(w.byValues, 0);
        for (int panel = 0; panel < panels; panel++) {
            loadPanel(b, keyHead, panel, w);
            Arrays.fill(w.byQueries, 0);
            int end = Math.min(forward.endKey(w.highest), forward.validKeys(b));
            for (int key = forward.firstKey(b, w.lowest) / ROWS * ROWS; key < end; key += STRIP) {
                strip(b, key, Math.min(STRIP, end - key), w);
            }
            storeQueries(b, keyHead, panel, w);
        }
        storeKeys(w.byKeys, forward.headSize(), (float) forward.scale(), spec.byK(), b, keyHead);
        storeKeys(w.byValues, forward.valueSize(), 1, spec.byV(), b, keyHead);
    }

    /// Brings a panel's queries, gradients and what is known of each column. Columns beyond the last query repeat it as
    /// columns, and are 0 as rows, so that they add nothing to keys and values.
    private void loadPanel(int b, int keyHead, int panel, Workspace w) {
        float scale = roundsScores ? 1 : (float) forward.scale();
        int all = forward.group() * forward.queries();
        w.lowest = Integer.MAX_VALUE;
        w.highest = Integer.MIN_VALUE;
        for (int lane = 0; lane < WIDTH; lane++) {
            int query = Math.min(panel * WIDTH + lane, all - 1);
            boolean live = panel * WIDTH + lane < all;
            int head = keyHead * forward.group() + query / forward.queries();
            int token = query % forward.queries();
            AttentionRows.load(forward.q(), b, head, token, 1, forward.headSize(), w.row, headPitch);
            place(w.row, forward.headSize(), scale, lane, live, w.queries, w.queryRows);
            AttentionRows.load(spec.gradient(), b, head, token, 1, forward.valueSize(), w.row, valuePitch);
            place(w.row, forward.valueSize(), 1, lane, live, w.gradients, w.gradientRows);
            AttentionRows.load(forward.out(), b, head, token, 1, forward.valueSize(), w.out, valuePitch);
            float shift = 0;
            for (int d = 0; d < forward.valueSize(); d++) {
                shift = Math.fma(w.row[d], w.out[d], shift);
            }
            float logSum = RawMemory.f32(forward.logSumExpAddress(b, head, token));
            w.shifts[lane] = shift;
            w.logSums[lane] = logSum == Float.NEGATIVE_INFINITY ? 0 : logSum;
            long position = forward.firstPosition(b) + token;
            w.positions[lane] = Math.toIntExact(position);
            w.drops.column(0, lane, b, head, token);
            w.lowest = Math.min(w.lowest, w.positions[lane]);
            w.highest = Math.max(w.highest, w.positions[lane]);
            if (forward.segments().isPresent()) {
                w.segments[lane] = (int) forward.segmentOf(b, position);
            }
        }
    }

    private static void place(
            float[] row, int size, float scale, int lane, boolean live, float[] columns, float[] rows) {
        for (int d = 0; d < size; d++) {
            columns[d * WIDTH + lane] = row[d] * scale;
            rows[(d / WIDTH * WIDTH + lane) * WIDTH + d % WIDTH] = live ? row[d] : 0;
        }
    }

    /// Adds what `n` keys from `from` on, a multiple of [Panel#ROWS], have to do with the panel.
    private void strip(int b, int from, int n, Workspace w) {
        int padded = padded(n);
        Arrays.fill(w.shares, 0, padded * WIDTH, 0);
        Arrays.fill(w.byScores, 0, padded * WIDTH, 0);
        for (int i = 0; i < padded; i += ROWS) {
            int key = (from + i) * headPitch;
            int value = (from + i) * valuePitch;
            Panel.accumulate(forward.headSize(), w.keys, key, headPitch, 1, w.queries, 0, w.shares, i * WIDTH);
            Panel.accumulate(
                    forward.valueSize(), w.values, value, valuePitch, 1, w.gradients, 0, w.byScores, i * WIDTH);
        }
        if (roundsScores) {
            SCALE_AND_ROUND.run(w.shares, n, (float) forward.scale());
        }
        StripMask.hide(forward, b, w.shares, from, n, w.positions, w.segments, 0, w.lowest, w.highest);
        EXP.run(w.shares, n, w.logSums, w.unused, 0);
        if (w.drops.isAny()) {
            w.drops.find(0, from, n);
            w.drops.apply(w.byScores, n);
        }
        GRADIENT.run(w.shares, w.byScores, n, w.shifts, roundsFactors);
        if (w.drops.isAny()) {
            w.drops.apply(w.shares, n);
        }
        Arrays.fill(w.shares, n * WIDTH, padded * WIDTH, 0);
        Arrays.fill(w.byScores, n * WIDTH, padded * WIDTH, 0);

        for (int i = 0; i < padded; i += ROWS) {
            addRows(w.shares, i, w.gradientRows, valueChunks, w.byValues, from + i);
            addRows(w.byScores, i, w.queryRows, headChunks, w.byKeys, from + i);
        }
        for (int d = 0; d < headPitch; d += ROWS) {
            Panel.accumulate(n, w.keys, from * headPitch + d, 1, headPitch, w.byScores, 0, w.byQueries, d * WIDTH);
        }
    }

    /// Adds the panel's rows, weighed by rows of the strip from `i` on, to those of as many keys.
    private void addRows(float[] strip, int i, float[] rows, int chunks, float[] to, int key) {
        for (int c = 0; c < chunks; c++) {
            Panel.accumulate(
                    WIDTH, strip, i * WIDTH, WIDTH, 1, rows, c * WIDTH * WIDTH, to, (c * paddedKeys + key) * WIDTH);
        }
    }

    private void storeQueries(int b, int keyHead, int panel, Workspace w) {
        int live = Math.min(WIDTH, forward.group() * forward.queries() - panel * WIDTH);
        for (int lane = 0; lane < live; lane++) {
            int query = panel * WIDTH + lane;
            int head = keyHead * forward.group() + query / forward.queries();
            AttentionRows.store(
                    w.byQueries,
                    lane,
                    WIDTH,
                    forward.headSize(),
                    (float) forward.scale(),
                    DType.F32,
                    spec.byQ().address(b, head, query % forward.queries()));
        }
    }

    private void storeKeys(float[] from, int size, float scale, Heads to, int b, int keyHead) {
        for (int key = 0; key < forward.keys(); key++) {
            long address = to.address(b, keyHead, key);
            for (int d = 0; d < size; d += WIDTH) {
                int at = (d / WIDTH * paddedKeys + key) * WIDTH;
                AttentionRows.store(from, at, Math.min(WIDTH, size - d), scale, address + 4L * d);
            }
        }
    }
}
