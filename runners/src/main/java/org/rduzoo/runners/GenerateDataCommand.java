package org.rduzoo.runners;

import java.util.Arrays;
import java.util.List;
import org.rduzoo.runners.synthetic.SyntheticData;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UsageError;

/// `rdu generate-data lists|orders|roles|shapes`: texts and images that a program makes, to train on and to check what
/// was learned.
record GenerateDataCommand() implements Command {

    private static final List<String> KINDS =
            Arrays.stream(SyntheticData.values()).map(SyntheticData::word).toList();

    @Override
    public String name() {
        return "generate-data";
    }

    @Override
    public String summary() {
        return "writes texts or images to train on, always the same for a seed, and others held out";
    }

    @Override
    public List<String> operands() {
        return List.of(String.join("|", KINDS));
    }

    @Override
    public List<Option> options() {
        return List.of(Option.OUTPUT_PATH, Option.EXAMPLES, Option.SEED, Option.FORCE);
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        String word = Operands.one(this, arguments);
        SyntheticData data = Arrays.stream(SyntheticData.values())
                .filter(d -> d.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new UsageError("generate-data has no \"%s\".%s It has %s."
                        .formatted(word, Nearest.hint(word, KINDS), String.join(", ", KINDS))));
        return TableResult.of(data.write(
                arguments.required(Option.OUTPUT_PATH),
                arguments.positive(Option.EXAMPLES).orElse(data.count()),
                arguments.seed(),
                arguments.on(Option.FORCE)));
    }
}
