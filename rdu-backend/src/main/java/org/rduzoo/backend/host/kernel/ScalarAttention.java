package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.DropoutNumbers;

/// Attention a query at a time: scores, their softmax, and the sum of values that it weighs. A part takes every
/// `parts`-th query.
final class ScalarAttention implements Kernel {

    private final AttentionSpec spec;
    private final Scratch scratch;

    ScalarAttention(AttentionSpec spec, Scratch scratch) {
        this.spec = spec;
        this.scratch = scratch;
        scratch.require(4L * (spec.keys() + spec.valueSize()));
    }

    @Override
    public void run(int part, int parts) {
        long scores = scratch.at(part);
        for (int b = 0; b < spec.batch(); b++) {
            for (int h = 0; h < spec.queryHeads(); h++) {
                for (int i = part; i < spec.queries(); i += parts) {
                    attend(b, h, i, scores);
                }
            }
        }
    }

    private void attend(int b, int h, int i, long scores) {
        long position = spec.firstPosition(b) + i;
        int first = spec.firstKey(b, position);
        int end = Math.min(spec.endKey(position), spec.validKeys(b));
        float max = Float.NEGATIVE_INFINITY;
        for (int j = first; j < end; j++) {
            float score = spec.sees(b, position, j) ? score(b, h, i, j) : Float.NEGATIVE_INFINITY;
            RawMemory.f32(scores + 4L * (j - first), score);
            max = Math.max(max, score);
        }
        double sum = 0;
        for (int j = first; j < end && max != Float.NEGATIVE_INFINITY; j++) {
            float e = ScalarFunctions.exp(RawMemory.f32(scores + 4L * (j - first)) - max);
            RawMemory.f32(scores + 4L * (j - first), e);
            sum += e;
        }
        long output = scores + 4L * spec.keys();
        for (int d = 0; d < spec.valueSize(); d++) {
            RawMemory.f32(output + 4L * d, 0);
        }
        DType dtype = spec.v().place().dtype();
        float p = spec.dropProbability();
        long numbers = p > 0 ? spec.dropKey(b, h, i) : 0;
        for (int j = first; j < end && sum != 0; j++) {
            if (p > 0 && DropoutNumbers.uniform(numbers, j) < p) {
                continue;
            }
            float weight = (float) (RawMemory.f32(scores + 4L * (j - first)) / sum);
            weight = dtype == DType.BF16 ? ScalarFunctions.roundToBf16(weight) : weight;
            long value = spec.v().address(b, h / spec.group(), spec.slot(j));
            for (int d = 0; d < spec.valueSize() && weight != 0; d++) {
                float v = Elements.load(dtype, value + (long) d * dtype.bytes());
                RawMemory.f32(output + 4L * d, Math.fma(weight, v, RawMemory.f32(output + 4L * d)));
            }
        }
        DType out = spec.out().place().dtype();
        float raise = ShareDrops.raise(p);
        for (int d = 0; d < spec.valueSize(); d++) {
            float result = raise * RawMemory.f32(output + 4L * d);
            Elements.store(out, result, spec.out().address(b, h, i) + (long) d * out.bytes());
        }
        if (spec.logSumExp().isPresent()) {
            RawMemory.f32(
                    spec.logSumExpAddress(b, h, i), sum != 0 ? (float) (max + Math.log(sum)) : Float.NEGATIVE_INFINITY);
        }
    }

    private float score(int b, int h, int i, int j) {
        DType dtype = spec.q().place().dtype();
        long query = spec.q().address(b, h, i);
        long key = spec.k().address(b, h / spec.group(), spec.slot(j));
        float sum = 0;
        for (int d = 0; d < spec.headSize(); d++) {
            long offset = (long) d * dtype.bytes();
            sum = Math.fma(Elements.load(dtype, query + offset), Elements.load(dtype, key + offset), sum);
        }
        float score = (float) spec.scale() * sum;
        return spec.scores() == DType.BF16 ? ScalarFunctions.roundToBf16(score) : score;
    }
}
