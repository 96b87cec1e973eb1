package org.rduzoo.samba;

import java.nio.file.Path;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;

/// Makes tensors to trace and to try models with: `samba.randn("image", 64, 3, 32, 32).withBatchDim(0)`.
///
/// A tensor depends on the seed, its name and its shape alone, not on what was made before it.
///
/// @param seed of all random numbers
public record Samba(long seed) {

    /// The seed that commands take unless told otherwise.
    private static final long SEED = 256;

    public Samba() {
        this(SEED);
    }

    /// `f32`: independent draws from the normal distribution of mean 0 and deviation 1.
    public SambaTensor randn(String name, int... dims) {
        return drawn(name, dims, Random::nextGaussian);
    }

    /// `f32`: independent draws from 0 to 1, 1 left out.
    public SambaTensor rand(String name, int... dims) {
        return drawn(name, dims, Random::nextFloat);
    }

    /// `i64`: independent draws of whole numbers from 0 to `high`, `high` left out.
    public SambaTensor randint(String name, int high, int... dims) {
        Random random = random(name);
        long[] values = new long[Math.toIntExact(Type.of(DType.I64, dims).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(high);
        }
        return SambaTensor.of(name, values, dims);
    }

    /// `f32`: the same number everywhere.
    public SambaTensor full(String name, double value, int... dims) {
        return drawn(name, dims, _ -> value);
    }

    public SambaTensor zeros(String name, int... dims) {
        return full(name, 0, dims);
    }

    public SambaTensor ones(String name, int... dims) {
        return full(name, 1, dims);
    }

    /// The weights of a checkpoint: a Hugging Face folder, or one file of any format that there is a reader for.
    ///
    /// @throws UserError when there is none at `path`, or it is damaged
    public Weights fromCheckpoint(Path path) {
        return Checkpoints.find().open(path);
    }

    /// Writes weights to a `.safetensors` file, whole or not at all.
    ///
    /// @param force whether to replace what is there
    /// @throws UserError when the file is there already, or cannot be written
    public void toCheckpoint(Path file, Weights weights, boolean force) {
        Checkpoints.find().write(file, weights, force);
    }

    private SambaTensor drawn(String name, int[] dims, ToDoubleFunction<Random> draw) {
        Random random = random(name);
        float[] values = new float[Math.toIntExact(Type.of(DType.F32, dims).elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) draw.applyAsDouble(random);
        }
        return SambaTensor.of(name, values, dims);
    }

    private Random random(String name) {
        return new Random(seed ^ ((long) name.hashCode() << 32));
    }
}
