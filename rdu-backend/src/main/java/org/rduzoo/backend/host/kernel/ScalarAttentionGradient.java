package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.DropoutNumbers;

/// The gradient of attention a pair of query and key at a time. A part takes every `parts`-th key head, with all
/// queries that read it.
final class ScalarAttentionGradient implements Kernel {

    private final AttentionGradientSpec spec;
    private final AttentionSpec forward;

    ScalarAttentionGradient(AttentionGradientSpec spec) {
        this.spec = spec;
        this.forward = spec.forward();
    }

    @Override
    public void run(int part, int parts) {
        for (int unit = part; unit < forward.batch() * forward.keyHeads(); unit += parts) {
            int b = unit / forward.keyHeads();
            int keyHead = unit % forward.keyHeads();
            for (int j = 0; j < forward.keys(); j++) {
                clear(spec.byK().address(b, keyHead, j), forward.headSize());
                clear(spec.byV().address(b, keyHead, j), forward.valueSize());
            }
            for (int h = keyHead * forward.group(); h < (keyHead + 1) * forward.group(); h++) {
                for (int i = 0; i < forward.queries(); i++) {
                    query(b, h, keyHead, i);
                }
            }
        }
    }

    private void query(int b, int h, int keyHead, int i) {
        clear(spec.byQ().address(b, h, i), forward.headSize());
        float logSum = RawMemory.f32(forward.logSumExpAddress(b, h, i));
        if (logSum == Float.NEGATIVE_INFINITY) {
            return;
        }
        long position = forward.firstPosition(b) + i;
        int end = Math.min(forward.endKey(position), forward.validKeys(b));
        Row q = row(forward.q(), b, h, i);
        Row g = row(spec.gradient(), b, h, i);
        float p = forward.dropProbability();
        long numbers = p > 0 ? forward.dropKey(b, h, i) : 0;
        float shift = dot(g, row(forward.out(), b, h, i), forward.valueSize());
        for (int j = forward.firstKey(b, position); j < end; j++) {
            if (!forward.sees(b, position, j)) {
                continue;
            }
            Row k = row(forward.k(), b, keyHead, j);
            Row v = row(forward.v(), b, keyHead, j);
            float score = (float) forward.scale() * dot(q, k, forward.headSize());
            float share = ScalarFunctions.exp(roundScore(score) - logSum);
            float raise = p > 0 && DropoutNumbers.uniform(numbers, j) < p ? 0 : ShareDrops.raise(p);
            float byShare = raise * dot(g, v, forward.valueSize());
            float byScore = (float) forward.scale() * roundFactor(share * (byShare - shift));
            add(raise * roundFactor(roundScore(share)), g, spec.byV().address(b, keyHead, j), forward.valueSize());
            add(byScore, k, spec.byQ().address(b, h, i), forward.headSize());
            add(byScore, q, spec.byK().address(b, keyHead, j), forward.headSize());
        }
    }

    /// Elements of one token.
    private record Row(DType dtype, long address) {
        float at(int i) {
            return Elements.load(dtype, address + (long) i * dtype.bytes());
        }
    }

    private static Row row(Heads heads, int b, int h, int token) {
        return new Row(heads.place().dtype(), heads.address(b, h, token));
    }

    private static float dot(Row a, Row b, int n) {
        float sum = 0;
        for (int i = 0; i < n; i++) {
            sum = Math.fma(a.at(i), b.at(i), sum);
        }
        return sum;
    }

    private static void add(float factor, Row x, long to, int n) {
        for (int i = 0; i < n; i++) {
            RawMemory.f32(to + 4L * i, Math.fma(factor, x.at(i), RawMemory.f32(to + 4L * i)));
        }
    }

    private static void clear(long row, int n) {
        for (int i = 0; i < n; i++) {
            RawMemory.f32(row + 4L * i, 0);
        }
    }

    private float roundScore(float score) {
        return forward.scores() == DType.BF16 ? ScalarFunctions.roundToBf16(score) : score;
    }

    private float roundFactor(float x) {
        return forward.v().place().dtype() == DType.BF16 ? ScalarFunctions.roundToBf16(x) : x;
    }
}
