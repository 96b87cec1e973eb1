package org.rduzoo.runners;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.cost.IsolatedOperator;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UsageError;

/// `rdu predict-op OP`: what one operator would take by itself on a chip.
record PredictOpCommand() implements Command {

    private static final List<String> OPERATORS = List.of("gemm", "conv2d", "elementwise");

    @Override
    public String name() {
        return "predict-op";
    }

    @Override
    public String summary() {
        return "what one operator would take on a chip by itself: gemm, conv2d, elementwise";
    }

    @Override
    public List<String> operands() {
        return List.of("OP");
    }

    @Override
    public List<Option> options() {
        return List.of(
                Option.ARCH,
                Option.PRECISION,
                Option.ROWS,
                Option.COLUMNS,
                Option.INNER,
                Option.ELEMENTS,
                Option.BATCH_SIZE,
                Option.IN_CHANNELS,
                Option.OUT_CHANNELS,
                Option.IN_HEIGHT,
                Option.IN_WIDTH,
                Option.KERNEL,
                Option.STRIDE,
                Option.PADDING);
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        return predict(arguments);
    }

    Predictions.Predicted predict(Arguments arguments) {
        String op = Operands.one(this, arguments);
        Arch arch = Arch.of(arguments.choice(Option.ARCH, Arch.keys()).orElse("sn40"));
        String precision =
                arguments.choice(Option.PRECISION, List.of("bf16", "fp32")).orElse("bf16");
        DType dtype = precision.equals("bf16") ? DType.BF16 : DType.F32;
        SequencedMap<String, Object> facts = new LinkedHashMap<>();
        facts.put("op", op);
        IsolatedOperator operator = switch (op) {
            case "gemm" -> gemm(arguments, dtype, facts);
            case "conv2d" -> conv2d(arguments, dtype, facts);
            case "elementwise" -> elementwise(arguments, dtype, facts);
            default ->
                throw new UsageError("there is no operator %s to predict.%s The operators are %s."
                        .formatted(op, Nearest.hint(op, OPERATORS), String.join(", ", OPERATORS)));
        };
        IsolatedOperator.Time time = operator.on(arch);
        facts.put("precision", precision);
        facts.put("flops", Math.round(operator.flops()));
        facts.put("bytes", Math.round(operator.bytes()));
        SequencedMap<String, Object> predicted = TableResult.row(
                "arch", arch.key(),
                "n_chips", 1,
                "seconds", time.seconds(),
                "low_s", time.lowSeconds(),
                "high_s", time.highSeconds(),
                "tflops", operator.flops() / time.seconds() / 1e12,
                "bound_by", time.bound().text(),
                "basis", "measured efficiency of isolated operators on SN10, no model of sections",
                "validated", arch.key().equals("sn10") && !op.equals("conv2d"));
        double roofline = Math.max(
                operator.flops() / arch.peak(dtype, arch.tiles()),
                operator.bytes() / arch.mainMemory().stream().value());
        return new Predictions.Predicted(
                facts, predicted, new Predictions.Cost(operator.flops(), operator.bytes(), roofline));
    }

    private static IsolatedOperator gemm(Arguments arguments, DType dtype, SequencedMap<String, Object> facts) {
        int m = required(arguments, Option.ROWS);
        int n = required(arguments, Option.COLUMNS);
        int k = required(arguments, Option.INNER);
        facts.put("m", m);
        facts.put("n", n);
        facts.put("k", k);
        return IsolatedOperator.gemm(m, n, k, dtype);
    }

    private static IsolatedOperator elementwise(Arguments arguments, DType dtype, SequencedMap<String, Object> facts) {
        double elements = arguments.number(Option.ELEMENTS, 1, 0);
        if (elements == 0) {
            elements = (double) required(arguments, Option.ROWS)
                    * arguments.positive(Option.COLUMNS).orElse(1)
                    * arguments.positive(Option.INNER).orElse(1);
        }
        facts.put("elements", Math.round(elements));
        return IsolatedOperator.elementwise(elements, dtype);
    }

    private static IsolatedOperator conv2d(Arguments arguments, DType dtype, SequencedMap<String, Object> facts) {
        int batch = arguments.positive(Option.BATCH_SIZE).orElse(1);
        int inChannels = required(arguments, Option.IN_CHANNELS);
        int outChannels = required(arguments, Option.OUT_CHANNELS);
        int height = required(arguments, Option.IN_HEIGHT);
        int width = arguments.positive(Option.IN_WIDTH).orElse(height);
        int kernel = arguments.positive(Option.KERNEL).orElse(3);
        int stride = arguments.positive(Option.STRIDE).orElse(1);
        int padding = arguments.count(Option.PADDING).orElse(0);
        int outHeight = side(height, kernel, stride, padding);
        int outWidth = side(width, kernel, stride, padding);
        facts.put("batch_size", batch);
        facts.put("in_channels", inChannels);
        facts.put("out_channels", outChannels);
        facts.put("image", List.of(height, width));
        facts.put("result", List.of(outHeight, outWidth));
        return IsolatedOperator.conv2d(
                batch,
                inChannels,
                outChannels,
                (double) height * width,
                (double) outHeight * outWidth,
                (double) kernel * kernel,
                dtype);
    }

    private static int side(int in, int kernel, int stride, int padding) {
        int room = in + 2 * padding - kernel;
        if (room < 0) {
            throw new UsageError("a kernel of %d does not fit into an image of %d with --padding %d."
                    .formatted(kernel, in, padding));
        }
        return room / stride + 1;
    }

    private static int required(Arguments arguments, Option option) {
        return arguments
                .positive(option)
                .orElseThrow(() -> new UsageError(
                        "%s is missing: give %s, %s.".formatted(option.text(), option.usage(), option.help())));
    }
}
