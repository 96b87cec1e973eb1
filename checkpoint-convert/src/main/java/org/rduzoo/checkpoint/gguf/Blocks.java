package org.rduzoo.checkpoint.gguf;

/// What each quantised block means: scalar decoders, one a type, over arrays that fit in the first cache.
///
/// A block has a scale `d` in half precision (and for some types a minimum `m`), then small integers `q`:
/// an element is `d * q`, `d * q + m`, or, in the `K` types, where groups of 16 or 32 have scales of their
/// own, `(d * scale) * q - (m * min)`. The order of these roundings is part of the meaning, and the same
/// everywhere. The formats are those of ggml.
final class Blocks {

    private Blocks() {}

    /// Expands `count` blocks, which begin at `in[0]`, to `out[0]` onwards.
    static void decode(GgufType type, byte[] in, int count, float[] out) {
        int bytes = type.blockBytes();
        int elements = type.blockElements();
        for (int block = 0; block < count; block++) {
            int at = block * bytes;
            int to = block * elements;
            switch (type) {
                case Q4_0 -> q4(in, at + 2, half(in, at), 8, -0f, out, to);
                case Q4_1 -> q4(in, at + 4, half(in, at), 0, half(in, at + 2), out, to);
                case Q5_0 -> q5(in, at + 6, int32(in, at + 2), half(in, at), 16, -0f, out, to);
                case Q5_1 -> q5(in, at + 8, int32(in, at + 4), half(in, at), 0, half(in, at + 2), out, to);
                case Q8_0 -> q8(in, at, out, to);
                case Q2_K -> q2k(in, at, out, to);
                case Q3_K -> q3k(in, at, out, to);
                case Q4_K -> q4k(in, at, out, to);
                case Q5_K -> q5k(in, at, out, to);
                case Q6_K -> q6k(in, at, out, to);
                case F32, F16, BF16, F64, I8, I16, I32, I64 ->
                    throw new IllegalArgumentException(type + " has no blocks");
            }
        }
    }

    /// 16 bytes, each the elements `i` (low half) and `i + 16`. Without a minimum `m` is -0, which changes
    /// no sum.
    private static void q4(byte[] in, int at, float d, int zero, float m, float[] out, int to) {
        for (int i = 0; i < 16; i++) {
            out[to + i] = d * ((in[at + i] & 0xf) - zero) + m;
        }
        for (int i = 0; i < 16; i++) {
            out[to + 16 + i] = d * (((in[at + i] >> 4) & 0xf) - zero) + m;
        }
    }

    /// As [#q4], with a fifth bit for each element in `high`.
    private static void q5(byte[] in, int at, int high, float d, int zero, float m, float[] out, int to) {
        for (int i = 0; i < 16; i++) {
            out[to + i] = d * (((in[at + i] & 0xf) | (((high >>> i) & 1) << 4)) - zero) + m;
        }
        for (int i = 0; i < 16; i++) {
            out[to + 16 + i] = d * ((((in[at + i] >> 4) & 0xf) | (((high >>> (i + 16)) & 1) << 4)) - zero) + m;
        }
    }

    private static void q8(byte[] in, int at, float[] out, int to) {
        float d = half(in, at);
        for (int i = 0; i < 32; i++) {
            out[to + i] = d * in[at + 2 + i];
        }
    }

    /// 16 bytes of scales and minima, 64 of elements, `d`, `m`. Each half block of 128 elements has 32
    /// bytes, read four times: two bits at a time, two groups of 16 elements each time.
    private static void q2k(byte[] in, int at, float[] out, int to) {
        float d = half(in, at + 80);
        float m = half(in, at + 82);
        for (int group = 0; group < 16; group++) {
            float scale = d * (in[at + group] & 0xf);
            float min = m * ((in[at + group] >> 4) & 0xf);
            int from = at + 16 + (group >> 3) * 32 + (group & 1) * 16;
            int shift = ((group >> 1) & 3) * 2;
            for (int i = 0; i < 16; i++) {
                out[to + group * 16 + i] = scale * ((in[from + i] >> shift) & 3) - min;
            }
        }
    }

    /// 32 bytes of third bits, 64 of elements laid out as in [#q2k], 12 of six-bit scales, `d`.
    private static void q3k(byte[] in, int at, float[] out, int to) {
        float d = half(in, at + 108);
        for (int group = 0; group < 16; group++) {
            int low = (in[at + 96 + (group & 7)] >> ((group >> 3) * 4)) & 0xf;
            int high = (in[at + 104 + (group & 3)] >> ((group >> 2) * 2)) & 3;
            float scale = d * ((low | (high << 4)) - 32);
            int from = at + 32 + (group >> 3) * 32 + (group & 1) * 16;
            int mask = at + (group & 1) * 16;
            int shift = ((group >> 1) & 3) * 2;
            int bit = group >> 1;
            for (int i = 0; i < 16; i++) {
                int third = (in[mask + i] >> bit) & 1;
                out[to + group * 16 + i] = scale * (((in[from + i] >> shift) & 3) - 4 + third * 4);
            }
        }
    }

    /// `d`, `m`, 12 bytes of six-bit scales and minima, 128 of elements: 32 bytes have two groups of 32,
    /// low halves first.
    private static void q4k(byte[] in, int at, float[] out, int to) {
        float d = half(in, at);
        float m = half(in, at + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scale(in, at + 4, group);
            float min = m * min(in, at + 4, group);
            int from = at + 16 + (group >> 1) * 32;
            int shift = (group & 1) * 4;
            for (int i = 0; i < 32; i++) {
                out[to + group * 32 + i] = scale * ((in[from + i] >> shift) & 0xf) - min;
            }
        }
    }

    /// As [#q4k], with 32 bytes of fifth bits before the elements, bit `g` for group `g`.
    private static void q5k(byte[] in, int at, float[] out, int to) {
        float d = half(in, at);
        float m = half(in, at + 2);
        for (int group = 0; group < 8; group++) {
            float scale = d * scale(in, at + 4, group);
            float min = m * min(in, at + 4, group);
            int from = at + 48 + (group >> 1) * 32;
            int shift = (group & 1) * 4;
            for (int i = 0; i < 32; i++) {
                int fifth = (in[at + 16 + i] >> group) & 1;
                out[to + group * 32 + i] = scale * (((in[from + i] >> shift) & 0xf) | (fifth << 4)) - min;
            }
        }
    }

    /// 128 bytes of low halves, 64 of upper two bits, 16 signed scales, `d`. Each half block of 128
    /// elements has 64 bytes of low halves, low ones first, and 32 of upper bits, read four times.
    private static void q6k(byte[] in, int at, float[] out, int to) {
        float d = half(in, at + 208);
        for (int group = 0; group < 16; group++) {
            float scale = d * in[at + 192 + group];
            int half = group >> 3;
            int quarter = (group >> 1) & 3;
            int within = (group & 1) * 16;
            int low = at + half * 64 + (quarter & 1) * 32 + within;
            int lowShift = (quarter >> 1) * 4;
            int high = at + 128 + half * 32 + within;
            int highShift = quarter * 2;
            for (int i = 0; i < 16; i++) {
                int q = ((in[low + i] >> lowShift) & 0xf) | (((in[high + i] >> highShift) & 3) << 4);
                out[to + group * 16 + i] = scale * (q - 32);
            }
        }
    }

    /// Scale `group` of the eight in [#q4k]: the first four in the low six bits of bytes 0 to 3, the others
    /// in the low halves of bytes 8 to 11 with their upper two bits atop bytes 0 to 3.
    private static int scale(byte[] in, int at, int group) {
        return group < 4 ? in[at + group] & 63 : (in[at + group + 4] & 0xf) | (((in[at + group - 4] >> 6) & 3) << 4);
    }

    /// Minimum `group` of the eight in [#q4k], as the scales: bytes 4 to 7, and upper halves of bytes 8 to
    /// 11.
    private static int min(byte[] in, int at, int group) {
        return group < 4
                ? in[at + group + 4] & 63
                : ((in[at + group + 4] >> 4) & 0xf) | (((in[at + group] >> 6) & 3) << 4);
    }

    private static float half(byte[] in, int at) {
        return Float.float16ToFloat((short) ((in[at] & 0xff) | (in[at + 1] << 8)));
    }

    private static int int32(byte[] in, int at) {
        return (in[at] & 0xff) | ((in[at + 1] & 0xff) << 8) | ((in[at + 2] & 0xff) << 16) | (in[at + 3] << 24);
    }
}
