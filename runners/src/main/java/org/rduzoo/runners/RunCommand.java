package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.List;
import org.rduzoo.samba.EncoderModel;

/// `rdu run MODEL`: executes a model on texts, or on tensors from a file.
record RunCommand() implements Command {

    @Override
    public String name() {
        return "run";
    }

    @Override
    public String summary() {
        return "runs a model: on texts, or on tensors from a file";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<Option> options() {
        List<Option> options = new ArrayList<>(List.of(Option.TEXT, Option.INPUT, Option.INPUTS, Option.OUTPUTS));
        options.addAll(Option.compiling());
        options.add(Option.STATIC_SEQ_LENGTHS);
        options.addAll(Option.hosting());
        options.add(Option.FORCE);
        return options;
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        EncoderModel model = Encoders.encoder(Models.of(this, arguments));
        Encoders.requireInference(this, arguments);
        boolean texts = arguments.has(Option.TEXT) || arguments.has(Option.INPUT);
        boolean tensors = arguments.has(Option.INPUTS) || arguments.has(Option.OUTPUTS);
        if (texts == tensors) {
            throw new UsageError("give run either texts, --text TEXT or --input FILE, or tensors, --inputs FILE and"
                    + " --outputs FILE.");
        }
        return texts ? TextRun.run(model, arguments, console) : TensorRun.run(model, arguments, console);
    }
}
