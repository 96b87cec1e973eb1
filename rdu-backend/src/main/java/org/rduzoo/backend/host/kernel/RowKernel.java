package org.rduzoo.backend.host.kernel;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rduzoo.backend.host.kernel.RowStep.Constant;
import org.rduzoo.backend.host.kernel.RowStep.Load;
import org.rduzoo.backend.host.kernel.RowStep.Store;
import org.rduzoo.backend.host.kernel.RowStep.SumOfRows;
import org.rduzoo.backend.host.machine.Kernel;

/// Runs a [RowProgram]: cuts its rows into tiles and takes each tile through all steps.
///
/// - A program whose rows do not matter (all operands contiguous, or one number) runs as one long row in pieces.
/// - What is the same for all rows (a bias, a constant) is brought once a run, not once a tile.
/// - A register that is plainly loaded or stored is the memory itself; the others take turns in few slots of scratch.
public final class RowKernel implements Kernel {

    /// Bytes of registers that stay in the nearest cache with room for what streams through.
    private static final long CACHE = 24 * 1024;

    private static final int LARGEST_TILE = 4096;
    private static final int SMALLEST_TILE = 256;

    /// Rows longer than this are cut into pieces where no step needs whole rows.
    private static final int LONGEST_PIECE = 2048;

    /// Below this width, what is the same for all rows is repeated for each, so that loops run over whole tiles.
    private static final int NARROW = 128;

    /// Tiles that a part has, if there is more than one a thread.
    private static final int LEAST_UNITS = 8;

    private final RowStep[] preparation;
    private final RowStep[] body;
    private final Register[] registers;
    private final Scratch scratch;
    private final Tile[] tiles;
    private final boolean flat;
    private final boolean repeats;
    private final long rows;
    private final long columns;
    private final int height;
    private final int width;
    private final long rowTiles;
    private final long units;
    private final int parts;

    /// Where a register lives: in `memory`, if that is not null, else in a slot of scratch; `fixed` if it is the same
    /// for
    /// all rows.
    private static final class Register {
        boolean fixed;

        @Nullable
        Access memory;

        /// Whether that is where it would be loaded from.
        boolean loadedInPlace;

        int slot = -1;
        int lastRead = -1;
    }

    public RowKernel(RowProgram program, TileMath math, Scratch scratch) {
        this.scratch = scratch;
        long programRows = program.shape().elements(0, program.shape().rank() - 1);
        int programColumns = program.shape().dim(-1);
        boolean ignored = true;
        boolean wholeRows = false;
        for (RowStep s : program.steps()) {
            ignored = ignored && s.ignoresRows();
            wholeRows |= s.needsWholeRows();
        }
        this.flat = ignored;
        this.rows = flat ? 1 : programRows;
        this.columns = flat ? programRows * programColumns : programColumns;
        this.registers = new Register[program.registers()];
        for (int i = 0; i < registers.length; i++) {
            registers[i] = new Register();
        }

        List<RowStep> first = new ArrayList<>();
        List<RowStep> then = new ArrayList<>();
        for (RowStep s : program.steps()) {
            boolean fixed = isFixed(s);
            (fixed ? first : then).add(s);
            if (fixed) {
                registers[s.to()].fixed = true;
            }
        }

        boolean cuts = !wholeRows && columns > LONGEST_PIECE;
        this.repeats = !flat && rows > 1 && columns < NARROW;
        placeInMemory(program, programRows);
        int slots = assignSlots(first, then);
        int elements = Math.clamp(CACHE / (4L * Math.max(slots, 2)), SMALLEST_TILE, LARGEST_TILE) & -TileMath.BLOCK;
        int parts = scratch.parts();
        this.width = cuts
                ? Tile.padded(
                        (int) Math.min(rows == 1 ? elements : LONGEST_PIECE / 2, share(columns, rows == 1 ? parts : 1)))
                : Math.toIntExact(columns);
        this.height = height(program, elements, parts);
        this.rowTiles = (rows + height - 1) / height;
        this.units = width == 0 ? 0 : rowTiles * ((columns + width - 1) / width);
        this.parts = Kernel.partsOf(units, LEAST_UNITS, parts);
        scratch.require(4L * slots * height * Tile.padded(width), this.parts);

        preparation = withoutLoadsInPlace(first);
        body = withoutLoadsInPlace(then);
        tiles = new Tile[this.parts];
        for (int i = 0; i < tiles.length; i++) {
            tiles[i] = new Tile(math, registers.length);
        }
    }

    @Override
    public int parts(int threads) {
        return parts;
    }

    @Override
    public void run(int part, int parts) {
        Tile tile = tiles[part];
        long slotBytes = 4L * height * Tile.padded(width);
        long end = units * (part + 1) / parts;
        long piece = -1;
        for (long unit = units * part / parts; unit < end; unit++) {
            if (unit / rowTiles != piece) {
                boolean prepared = flat && piece >= 0;
                piece = unit / rowTiles;
                tile.columns(piece * width, (int) Math.min(width, columns - piece * width));
                if (!prepared) {
                    prepare(tile, scratch.at(part), slotBytes);
                }
            }
            long row = unit % rowTiles * height;
            tile.rows(row, (int) Math.min(height, rows - row));
            bind(tile, scratch.at(part), slotBytes);
            for (RowStep s : body) {
                s.run(tile);
            }
        }
    }

    /// Runs the steps whose results are the same for all rows, as if there were one row.
    private void prepare(Tile tile, long base, long slotBytes) {
        tile.rows(0, 1);
        bind(tile, base, slotBytes);
        for (RowStep s : preparation) {
            s.run(tile);
        }
        if (repeats) {
            long bytes = 4L * tile.padded();
            for (int i = 0; i < registers.length; i++) {
                if (registers[i].fixed && registers[i].slot >= 0) {
                    for (int r = 1; r < height; r++) {
                        RawMemory.copy(tile.at(i, 0), tile.at(i, 0) + r * bytes, bytes);
                    }
                }
            }
        }
    }

    private void bind(Tile tile, long base, long slotBytes) {
        for (int i = 0; i < registers.length; i++) {
            Register register = registers[i];
            Access memory = register.memory;
            if (memory != null) {
                tile.bind(
                        i,
                        memory.address(tile.row(), tile.column()),
                        4 * memory.rows().linearStride());
            } else {
                boolean still = register.fixed && !repeats;
                tile.bind(i, base + register.slot * slotBytes, still ? 0 : 4L * tile.padded());
            }
        }
    }

    /// Rows of a tile: as many as fit the cache and give each thread some, or as are added up together.
    private int height(RowProgram program, int elements, int parts) {
        for (RowStep s : program.steps()) {
            if (s instanceof SumOfRows sum) {
                return sum.height();
            }
        }
        return (int) Math.clamp((long) elements / Math.max(Tile.padded(width), 1), 1, Math.max(1, share(rows, parts)));
    }

    private boolean isFixed(RowStep step) {
        if (step instanceof Constant) {
            return flat || rows > 1;
        }
        if (step instanceof Load load) {
            return flat
                    ? load.from().isScalar()
                    : rows > 1 && load.from().rows().isFixed();
        }
        return step.keepsFixed() && readsFixed(step);
    }

    private boolean readsFixed(RowStep step) {
        for (int r : step.reads()) {
            if (!registers[r].fixed) {
                return false;
            }
        }
        return true;
    }

    /// Finds the registers that can be memory itself: whole blocks of plain `f32`, and nothing that is read is also
    /// written.
    private void placeInMemory(RowProgram program, long programRows) {
        if (columns % TileMath.BLOCK != 0) {
            return;
        }
        List<Access> reads = new ArrayList<>();
        List<Access> writes = new ArrayList<>();
        for (RowStep s : program.steps()) {
            Access source = s.source();
            if (source != null) {
                reads.add(source);
            }
            Access target = s.target();
            if (target != null) {
                writes.add(target);
            }
        }
        for (RowStep s : program.steps()) {
            if (s instanceof Load(int to, Access from)
                    && from.isPlain(programRows)
                    && !(registers[to].fixed && repeats)
                    && !overlaps(from, writes)) {
                registers[to].memory = from;
                registers[to].loadedInPlace = true;
            }
            if (s instanceof Store(int x, Access target)
                    && registers[x].memory == null
                    && !registers[x].fixed
                    && target.isPlain(programRows)
                    && !overlaps(target, reads)) {
                registers[x].memory = target;
            }
        }
    }

    private static boolean overlaps(Access access, List<Access> others) {
        for (Access other : others) {
            if (access.overlaps(other)) {
                return true;
            }
        }
        return false;
    }

    /// Gives each register that is not memory a slot; a slot is free again after the last step that reads it.
    private int assignSlots(List<RowStep> first, List<RowStep> then) {
        for (int i = 0; i < then.size(); i++) {
            for (int r : then.get(i).reads()) {
                registers[r].lastRead = i;
            }
        }
        int slots = 0;
        for (RowStep s : first) {
            if (registers[s.to()].memory == null) {
                registers[s.to()].slot = slots++;
            }
        }
        List<Integer> free = new ArrayList<>();
        for (int i = 0; i < then.size(); i++) {
            RowStep step = then.get(i);
            List<Integer> freed = new ArrayList<>();
            for (int r : step.reads()) {
                boolean last = registers[r].lastRead == i && !registers[r].fixed && registers[r].memory == null;
                if (last && !freed.contains(registers[r].slot)) {
                    freed.add(registers[r].slot);
                }
            }
            if (step.mayReplaceOperand()) {
                free.addAll(freed);
            }
            int to = step.to();
            if (to != RowStep.NONE && registers[to].memory == null) {
                registers[to].slot = free.isEmpty() ? slots++ : free.removeLast();
                if (registers[to].lastRead < 0) {
                    free.add(registers[to].slot);
                }
            }
            if (!step.mayReplaceOperand()) {
                free.addAll(freed);
            }
        }
        return slots;
    }

    private RowStep[] withoutLoadsInPlace(List<RowStep> steps) {
        List<RowStep> left = new ArrayList<>(steps.size());
        for (RowStep s : steps) {
            if (!(s instanceof Load load && registers[load.to()].loadedInPlace)) {
                left.add(s);
            }
        }
        return left.toArray(new RowStep[0]);
    }

    /// What each of `parts` takes of `whole`, the largest of them.
    private static long share(long whole, int parts) {
        return (whole + parts - 1) / parts;
    }
}
