package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.List;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.ZooModel;

/// `rdu run MODEL`: trains a model, or executes it on texts, images or tensors.
record RunCommand() implements Command {

    @Override
    public String name() {
        return "run";
    }

    @Override
    public String summary() {
        return "trains a model; with --inference, runs it on texts, images or tensors from a file";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<Option> options() {
        List<Option> options = new ArrayList<>(List.of(Option.TEXT, Option.INPUT, Option.INPUTS, Option.OUTPUTS));
        options.addAll(Option.generating());
        options.addAll(Option.compiling());
        options.add(Option.STATIC_SEQ_LENGTHS);
        options.addAll(Option.hosting());
        options.add(Option.FORCE);
        options.addAll(Option.images());
        options.add(Option.TARGET);
        options.addAll(Option.training());
        return options;
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        ZooModel found = Models.of(this, arguments);
        boolean tensors = arguments.has(Option.INPUTS) || arguments.has(Option.OUTPUTS);
        if (!arguments.on(Option.INFERENCE)) {
            return train(found, tensors, arguments, console);
        }
        List<Option> training = new ArrayList<>(Option.training());
        if (found instanceof ImageModel) {
            training.remove(Option.OUTPUT);
        } else if (found instanceof DecoderModel) {
            training.remove(Option.EVAL_DATA);
        }
        requireNone(training, arguments);
        return switch (found) {
            case EncoderModel model -> {
                require(
                        arguments.has(Option.TEXT) || arguments.has(Option.INPUT),
                        tensors,
                        "texts, --text TEXT or --input FILE");
                yield tensors ? TensorRun.run(model, arguments, console) : TextRun.run(model, arguments, console);
            }
            case ImageModel model -> ImageRun.run(model, arguments, console);
            case DecoderModel model -> {
                require(
                        Prompts.given(arguments),
                        tensors,
                        "something to continue, --prompt TEXT, --prompt-file FILE, --messages FILE, --prompt-ids 1,2,3"
                                + " or --eval-data FILE");
                yield tensors ? TensorRun.run(model, arguments, console) : DecoderRun.run(model, arguments, console);
            }
        };
    }

    private static Result train(ZooModel model, boolean tensors, Arguments arguments, Console console) {
        if (arguments.has(Option.DATA) == tensors) {
            throw new UsageError("run without --inference trains: give it --data, or tensors, --inputs FILE and"
                    + " --outputs FILE. To infer, add --inference.");
        }
        List<Option> inferring = new ArrayList<>(Option.generating());
        inferring.addAll(
                List.of(Option.TEXT, Option.INPUT, Option.POOLING, Option.NORMALIZE, Option.STATIC_SEQ_LENGTHS));
        inferring.remove(Option.SEED);
        for (Option option : inferring) {
            if (arguments.has(option)) {
                throw new UsageError("%s is for inference: add --inference, or leave it out.".formatted(option.text()));
            }
        }
        return tensors ? TensorTraining.run(model, arguments, console) : TrainRun.run(model, arguments, console);
    }

    private static void requireNone(List<Option> options, Arguments arguments) {
        for (Option option : options) {
            if (arguments.has(option)) {
                throw new UsageError("%s is for training; with --inference, leave it out.".formatted(option.text()));
            }
        }
    }

    private static void require(boolean own, boolean tensors, String what) {
        if (own == tensors) {
            throw new UsageError("give run either %s, or tensors, --inputs FILE and --outputs FILE.".formatted(what));
        }
    }
}
