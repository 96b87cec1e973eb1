package org.rduzoo.backend.host.simd;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/// A loop that is compiled by itself, whatever calls it.
///
/// The compiler takes small hot methods into their callers until the caller is too long, and then stops in the middle
/// of one: its vectors turn into objects, and it runs ten times slower. It does not look through a handle that could
/// change.
final class Outlined {

    /// Not final, so that it is no constant to the compiler.
    private MethodHandle target;

    private Outlined(MethodHandle target) {
        this.target = target;
    }

    /// A static method of `owner`.
    static Outlined of(Class<?> owner, String name, Class<?> result, Class<?>... parameters) {
        try {
            return new Outlined(
                    MethodHandles.lookup().findStatic(owner, name, MethodType.methodType(result, parameters)));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(name, e);
        }
    }

    void run(long x, long y, int n) {
        try {
            target.invokeExact(x, y, n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    float run(long x, float shift, int n) {
        try {
            return (float) target.invokeExact(x, shift, n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    float run(long x, float shift, long y, int n) {
        try {
            return (float) target.invokeExact(x, shift, y, n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(ShareRows.Rows rows, int count, float scale) {
        try {
            target.invokeExact(rows, count, scale);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(ShareRows.Rows rows, int first, int step, int count, long to, long stride) {
        try {
            target.invokeExact(rows, first, step, count, to, stride);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] sums, int at, int size) {
        try {
            target.invokeExact(sums, at, size);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] sums, int to, int from, float share, int n) {
        try {
            target.invokeExact(sums, to, from, share, n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] strip, int rows, float scale) {
        try {
            target.invokeExact(strip, rows, scale);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] strip, int rows, float[] columns, int at) {
        try {
            target.invokeExact(strip, rows, columns, at);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] strip, int rows, float[] shift, float[] sum, int at) {
        try {
            target.invokeExact(strip, rows, shift, sum, at);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] strip, int at, int rows, float[] factor) {
        try {
            target.invokeExact(strip, at, rows, factor);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    float run(float[] scores, int at, int n, float max) {
        try {
            return (float) target.invokeExact(scores, at, n, max);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] x, int at, long rows, long stride, int count, int size, float[] y, int to) {
        try {
            target.invokeExact(x, at, rows, stride, count, size, y, to);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] weights, int at, int n, float factor, boolean round) {
        try {
            target.invokeExact(weights, at, n, factor, round);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(long x, long key, int index, int least, int n) {
        try {
            target.invokeExact(x, key, index, least, n);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] to, int rows, int[] keys, int at, int first, float probability) {
        try {
            target.invokeExact(to, rows, keys, at, first, probability);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] strip, float[] factors, int rows) {
        try {
            target.invokeExact(strip, factors, rows);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(long x, long weight, int k, int n, long y) {
        try {
            target.invokeExact(x, weight, k, n, y);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int run(long x, long weight, long stride, int k, int n, long y) {
        try {
            return (int) target.invokeExact(x, weight, stride, k, n, y);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    int run(long x, long weight, long stride, int k, int n, long y, long pitch) {
        try {
            return (int) target.invokeExact(x, weight, stride, k, n, y, pitch);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void run(float[] shares, float[] byShares, int rows, float[] shift, boolean round) {
        try {
            target.invokeExact(shares, byShares, rows, shift, round);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static RuntimeException failed(Throwable e) {
        return e instanceof RuntimeException r ? r : new IllegalStateException(e);
    }
}
