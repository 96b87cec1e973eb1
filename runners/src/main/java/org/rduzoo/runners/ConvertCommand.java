package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.rduzoo.checkpoint.Conversion;
import org.rduzoo.checkpoint.TargetForm;
import org.rduzoo.checkpoint.TargetForm.Head;
import org.rduzoo.checkpoint.TargetForm.Numbers;
import org.rduzoo.samba.UsageError;

/// `rdu convert SRC DST`: a checkpoint to a Hugging Face folder, a safetensors file or a GGUF file.
record ConvertCommand() implements Command {

    private static final SequencedMap<String, Numbers> DTYPES = dtypes();

    private static SequencedMap<String, Numbers> dtypes() {
        SequencedMap<String, Numbers> dtypes = new LinkedHashMap<>();
        dtypes.put("fp32", Numbers.FP32);
        dtypes.put("f32", Numbers.FP32);
        dtypes.put("bf16", Numbers.BF16);
        dtypes.put("f16", Numbers.F16);
        dtypes.put("fp16", Numbers.F16);
        dtypes.put("q8_0", Numbers.Q8_0);
        return dtypes;
    }

    @Override
    public String name() {
        return "convert";
    }

    @Override
    public String summary() {
        return "converts a checkpoint (Hugging Face, GGUF, ONNX, .pth) to a folder, a .safetensors or a .gguf file";
    }

    @Override
    public List<String> operands() {
        return List.of("SRC", "DST");
    }

    @Override
    public List<Option> options() {
        return List.of(Option.DTYPE, Option.TIE, Option.UNTIE, Option.MAX_SHARD_SIZE, Option.FORCE);
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        List<String> paths = Operands.all(this, arguments);
        long start = System.nanoTime();
        Conversion.Result result = Conversion.run(Conversion.Request.of(Path.of(paths.get(0)), Path.of(paths.get(1)))
                .withForm(form(arguments))
                .withForce(arguments.on(Option.FORCE)));
        return TableResult.of(TableResult.row(
                "target", result.target().toString(),
                "from", result.from().title(),
                "tensors", result.tensors(),
                "bytes", result.bytes(),
                "files", result.files(),
                "seconds", Math.round(Console.seconds(start) * 1000) / 1000.0));
    }

    private static TargetForm form(Arguments arguments) {
        TargetForm form = TargetForm.UNCHANGED;
        Optional<String> dtype = arguments.choice(Option.DTYPE, List.copyOf(DTYPES.keySet()));
        if (dtype.isPresent()) {
            form = form.withNumbers(DTYPES.getOrDefault(dtype.get(), Numbers.FP32));
        }
        if (arguments.on(Option.TIE) && arguments.on(Option.UNTIE)) {
            throw new UsageError("--tie and --untie are opposites. Give one of them.");
        }
        if (arguments.on(Option.TIE)) {
            form = form.withHead(Head.TIED);
        }
        if (arguments.on(Option.UNTIE)) {
            form = form.withHead(Head.UNTIED);
        }
        Optional<Long> size = arguments.bytes(Option.MAX_SHARD_SIZE);
        return size.isPresent() ? form.withMaxShardBytes(size.get()) : form;
    }
}
