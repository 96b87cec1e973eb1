package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.samba.UserError;

/// Adds rows of gradients to the rows of a table that their ids name. A part owns a range of the table's rows and takes
/// the ids in their order, so sums do not depend on how many parts there are.
final class EmbeddingGradientKernel implements Kernel {

    private final long count;
    private final int rows;
    private final int columns;
    private final Place gradient;
    private final Place ids;
    private final Place table;
    private final long padding;
    private final TrainingMath math;

    /// @param gradient `f32 [count, columns]`
    /// @param ids `i64 [count]`
    /// @param table `f32 [rows, columns]`, the result
    /// @param padding the row that stays 0, or −1
    EmbeddingGradientKernel(
            long count,
            int rows,
            int columns,
            Place gradient,
            Place ids,
            Place table,
            long padding,
            TrainingMath math) {
        this.count = count;
        this.rows = rows;
        this.columns = columns;
        this.gradient = gradient.require(count * columns);
        this.ids = ids.require(count);
        this.table = table.require((long) rows * columns);
        this.padding = padding;
        this.math = math;
    }

    @Override
    public void run(int part, int parts) {
        long begin = (long) rows * part / parts;
        long end = (long) rows * (part + 1) / parts;
        long bytes = 4L * columns;
        RawMemory.ALL
                .asSlice(table.address() + begin * bytes, (end - begin) * bytes)
                .fill((byte) 0);
        for (long i = 0; i < count; i++) {
            long id = RawMemory.i64(ids.address() + 8 * i);
            if (id < 0 || id >= rows) {
                throw new UserError(
                        "id %d, in place %d of the input, is outside the table of %d entries.".formatted(id, i, rows));
            }
            if (id >= begin && id < end && id != padding) {
                math.add(table.address() + id * bytes, gradient.address() + i * bytes, columns);
            }
        }
    }
}
