package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.List;
import org.rduzoo.checkpoint.Conversion;

/// `rdu convert SRC DST`: a checkpoint to a Hugging Face folder or a safetensors file.
record ConvertCommand() implements Command {

    @Override
    public String name() {
        return "convert";
    }

    @Override
    public String summary() {
        return "converts a checkpoint to a Hugging Face folder, or to one .safetensors file";
    }

    @Override
    public List<String> operands() {
        return List.of("SRC", "DST");
    }

    @Override
    public List<Option> options() {
        return List.of(Option.FORCE);
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        List<String> paths = Operands.all(this, arguments);
        long start = System.nanoTime();
        Conversion.Result result = Conversion.run(Conversion.Request.of(Path.of(paths.get(0)), Path.of(paths.get(1)))
                .withForce(arguments.on(Option.FORCE)));
        return TableResult.of(TableResult.row(
                "target", result.target().toString(),
                "from", result.from().title(),
                "tensors", result.tensors(),
                "bytes", result.bytes(),
                "files", result.files(),
                "seconds", Math.round(Console.seconds(start) * 1000) / 1000.0));
    }
}
