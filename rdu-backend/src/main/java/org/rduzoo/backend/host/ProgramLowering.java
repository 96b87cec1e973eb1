package org.rduzoo.backend.host;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.rduzoo.backend.host.GradientLowering.CrossEntropyGradientViews;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RowProgram;
import org.rduzoo.backend.host.kernel.RowProgram.Register;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Writes a [Unit.Program] as a [RowProgram]: values of others are loaded when they are first read, those that others
/// read are stored, and the rest never leaves the registers.
final class ProgramLowering {

    private final Shape domain;
    private final List<Integer> order;
    private final Map<Value, View> loads;
    private final Map<Value, View> stores;
    private final Function<Buffer, MemorySegment> memory;
    private final RowProgram.Builder program;
    private final Map<Value, Register> registers = new HashMap<>();

    /// @param order the order in which the program goes through the dimensions of the domain, outermost first
    /// @param loads where the values lie that the program reads
    /// @param stores where the values go that others read
    ProgramLowering(
            Shape domain,
            List<Integer> order,
            Map<Value, View> loads,
            Map<Value, View> stores,
            Function<Buffer, MemorySegment> memory) {
        this.domain = domain.rank() == 0 ? Shape.of(1) : domain;
        this.order = domain.rank() == 0 ? List.of(0) : order;
        this.loads = loads;
        this.stores = stores;
        this.memory = memory;
        int[] dims = new int[order.size()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = domain.dim(order.get(i));
        }
        this.program = RowProgram.builder(Shape.of(dims));
    }

    RowProgram lower(List<Node> nodes) {
        for (Node node : nodes) {
            Value result = node.result();
            if (node.op() instanceof Reduction.Reduce r && Draft.joinsPlaces(node)) {
                View sums = stores.get(result);
                if (sums != null) {
                    program.sumRows(read(r.x()), place(sums));
                }
                continue;
            }
            Register register = rounded(result.dtype(), node, compute(node));
            registers.put(result, register);
            View target = stores.get(result);
            if (target != null && node.op() instanceof Reduction.Reduce) {
                program.storePerRow(register, place(target));
            } else if (target != null) {
                program.store(register, place(target));
            }
        }
        return program.build();
    }

    private Register compute(Node node) {
        return switch (node.op()) {
            case Elementwise.Unary(var fn, Value x) -> program.unary(fn, read(x));
            case Elementwise.Binary(var fn, Value a, Value b) -> program.binary(fn, read(a), read(b));
            case Elementwise.Compare(var fn, Value a, Value b) -> program.compare(fn, read(a), read(b));
            case Elementwise.Select(Value c, Value a, Value b) -> program.select(read(c), read(a), read(b));
            case Elementwise.Cast(Value x, DType to) -> cast(x, to);
            case Elementwise.Dropout(Value x, Value seed, Value probability, long layer) ->
                program.dropout(read(x), place(load(seed)), place(load(probability)), layer);
            case Normalization.LayerNorm(Value x, var weight, var bias, double epsilon) ->
                program.layerNorm(read(x), weight.map(this::read), bias.map(this::read), epsilon);
            case Normalization.RmsNorm(Value x, var weight, double epsilon) ->
                program.rmsNorm(read(x), weight.map(this::read), epsilon);
            case Reduction.Softmax(Value x, int _) -> program.softmax(read(x));
            case Reduction.Reduce(var fn, Value x, var _, boolean _) -> program.reduce(fn, read(x));
            case Lookup.Embedding(Value table, Value ids, var _) ->
                program.gather(place(load(table)), table.type().dim(0), place(load(ids)), ids.shape());
            case Reduction _, Product _, Layout _, Positional _ -> throw new AssertionError(node.op());
            case Convolution _, Sampling _, ChannelNorm _ -> throw new AssertionError(node.op());
            case Gradient _, ImageGradient _, Optimizer _ -> throw new AssertionError(node.op());
        };
    }

    private Register cast(Value x, DType to) {
        return switch (to) {
            case F32 -> read(x);
            case BF16 -> x.dtype() == DType.BF16 ? read(x) : program.round(read(x));
            case I64 -> x.dtype().isFloat() ? program.truncate(read(x)) : read(x);
            case BOOL ->
                x.dtype() == DType.BOOL ? read(x) : program.compare(CompareFn.NE, read(x), program.constant(0));
            case U8, I8, F8_E4M3, F8_E5M2, I16, U16, F16, I32, U32, U64, F64 ->
                throw new AssertionError("graphs do not compute in " + to.text());
        };
    }

    /// Registers hold f32: what is of a narrower type is rounded as soon as it is computed.
    private Register rounded(DType dtype, Node node, Register x) {
        boolean exact = switch (node.op()) {
            case Elementwise.Cast _, Lookup _ -> true;
            case Elementwise.Binary b -> b.fn() == BinaryFn.MAX || b.fn() == BinaryFn.MIN;
            case Elementwise _, Normalization _, Reduction _, Product _, Layout _, Positional _ -> false;
            case Convolution _, Sampling _, ChannelNorm _ -> false;
            case Gradient _, ImageGradient _, Optimizer _ -> false;
        };
        if (exact || dtype == DType.F32 || dtype == DType.BOOL) {
            return x;
        }
        return dtype == DType.BF16 ? program.round(x) : program.truncate(x);
    }

    private Register read(Value value) {
        Register known = registers.get(value);
        if (known != null) {
            return known;
        }
        View view = load(value).broadcast(domain).transpose(order);
        Register register = program.load(place(view), view.strides());
        registers.put(value, register);
        return register;
    }

    private View load(Value value) {
        return Optional.ofNullable(loads.get(value)).orElseThrow(() -> new AssertionError(value));
    }

    private Place place(View view) {
        return place(view, memory);
    }

    static Place place(View view, Function<Buffer, MemorySegment> memory) {
        return new Place(memory.apply(view.buffer()), view.byteOffset(), view.dtype());
    }

    /// A program that joins the elements of each row, or of each column of a view whose joined axis was moved to the
    /// end.
    static RowProgram reduce(ReduceFn fn, View from, View to, Function<Buffer, MemorySegment> memory) {
        RowProgram.Builder program = RowProgram.builder(from.shape());
        Register x = program.load(place(from, memory), strides(from, from.shape()));
        return program.storePerRow(program.reduce(fn, x), place(to, memory)).build();
    }

    /// A program for what all classes add to the gradient of a cross entropy: the softmax, less what label smoothing
    /// spreads, times what each row counts for.
    static RowProgram crossEntropyGradient(CrossEntropyGradientViews v, Function<Buffer, MemorySegment> memory) {
        Shape shape = v.logits().shape();
        RowProgram.Builder program = RowProgram.builder(shape);
        Shape rows = v.logSum().shape().append(1);
        Register logits = program.load(place(v.logits(), memory), shape);
        Register logSum = program.load(place(v.logSum(), memory), rows);
        Register softmax = program.unary(UnaryFn.EXP, program.binary(BinaryFn.SUB, logits, logSum));
        double spread = v.op().labelSmoothing() / shape.dim(-1);
        Register less = spread == 0 ? softmax : program.binary(BinaryFn.SUB, softmax, program.constant(spread));
        Register counted = program.load(place(v.counted(), memory), rows);
        return program.store(program.binary(BinaryFn.MUL, less, counted), place(v.byLogits(), memory))
                .build();
    }

    /// A program that takes the softmax of each row.
    static RowProgram softmax(View from, View to, Function<Buffer, MemorySegment> memory) {
        RowProgram.Builder program = RowProgram.builder(from.shape());
        Register x = program.load(place(from, memory), strides(from, from.shape()));
        return program.store(program.softmax(x), place(to, memory), strides(to, to.shape()))
                .build();
    }

    private static long[] strides(View view, Shape shape) {
        return view.broadcast(shape).strides();
    }
}
