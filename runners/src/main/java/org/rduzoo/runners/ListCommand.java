package org.rduzoo.runners;

import java.util.List;
import org.rduzoo.samba.ZooModel.DefaultCheckpoint;

/// `rdu list`: the models of the zoo.
record ListCommand() implements Command {

    @Override
    public String name() {
        return "list";
    }

    @Override
    public String summary() {
        return "the models of the zoo";
    }

    @Override
    public List<String> operands() {
        return List.of();
    }

    @Override
    public List<Option> options() {
        return List.of();
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        Operands.all(this, arguments);
        return TableResult.of(
                "models",
                Models.all().stream()
                        .map(m -> TableResult.row(
                                "model", m.name(),
                                "tasks", m.summary(),
                                "default_checkpoint",
                                        m.defaultCheckpoint()
                                                .map(DefaultCheckpoint::name)
                                                .orElse(""),
                                "timing_validated", TimingRows.cover(m.name())))
                        .toList());
    }
}
