package org.rduzoo.backend.host.kernel;

import java.util.Arrays;

/// Which element row `r` of a program begins at, in a tensor with other strides: the sum over the terms of
/// `(r / repeat) % period * stride`.
record RowMap(long[] repeat, long[] period, long[] stride) {

    /// The map of a view with these dimensions and strides (in elements), its last dimension left out.
    static RowMap of(int[] dims, long[] strides) {
        long[] repeat = new long[dims.length];
        long[] period = new long[dims.length];
        long[] stride = new long[dims.length];
        int terms = 0;
        long inner = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            boolean continues = terms > 0
                    && repeat[terms - 1] * period[terms - 1] == inner
                    && stride[terms - 1] * period[terms - 1] == strides[i];
            if (dims[i] == 1 || strides[i] == 0) {
                inner *= dims[i];
                continue;
            }
            if (continues) {
                period[terms - 1] *= dims[i];
            } else {
                repeat[terms] = inner;
                period[terms] = dims[i];
                stride[terms++] = strides[i];
            }
            inner *= dims[i];
        }
        return new RowMap(Arrays.copyOf(repeat, terms), Arrays.copyOf(period, terms), Arrays.copyOf(stride, terms));
    }

    long at(long row) {
        long element = 0;
        for (int i = 0; i < stride.length; i++) {
            element += row / repeat[i] % period[i] * stride[i];
        }
        return element;
    }

    /// Whether all rows begin at the same element.
    boolean isFixed() {
        return stride.length == 0;
    }

    /// Whether row `r` of `rows` begins at `r` times a stride.
    boolean isLinear(long rows) {
        return stride.length == 0 || (stride.length == 1 && repeat[0] == 1 && period[0] == rows);
    }

    /// The stride of a linear map.
    long linearStride() {
        return stride.length == 0 ? 0 : stride[0];
    }
}
