package org.rduzoo.runners;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.ZooModel;

/// `rdu validate-timing`: the timing model beside what was measured on real chips, as `docs/validation.md` has it.
record ValidateTimingCommand() implements Command {

    @Override
    public String name() {
        return "validate-timing";
    }

    @Override
    public String summary() {
        return "predicted beside published times, as docs/validation.md shows them";
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
        TimingRows rows = TimingRows.all();
        return new TimingDocument(
                rows.rows().stream().map(r -> guess(r, rows.configs())).toList());
    }

    /// A row with what is predicted for it.
    ///
    /// @param seconds, or what else the row measures
    record Guess(TimingRows.Row row, double seconds, double low, double high, Predictions.Cost cost) {

        double error() {
            return TimingStatistics.error(seconds, row.measured());
        }
    }

    private static Guess guess(TimingRows.Row row, Map<String, String> configs) {
        Predictions.Predicted predicted = row.isOperator() ? operator(row) : model(row, configs);
        Map<String, Object> facts = predicted.predicted();
        double seconds = ((Number) Objects.requireNonNull(facts.get(row.measure()))).doubleValue();
        boolean whole = row.measure().equals("seconds");
        return new Guess(
                row,
                seconds,
                whole ? ((Number) Objects.requireNonNull(facts.get("low_s"))).doubleValue() : seconds,
                whole ? ((Number) Objects.requireNonNull(facts.get("high_s"))).doubleValue() : seconds,
                predicted.cost());
    }

    private static Predictions.Predicted operator(TimingRows.Row row) {
        PredictOpCommand command = new PredictOpCommand();
        return command.predict(Arguments.parse(command.name(), row.words(), command.options()));
    }

    private static Predictions.Predicted model(TimingRows.Row row, Map<String, String> configs) {
        MeasurePerformanceCommand command = new MeasurePerformanceCommand();
        Arguments arguments = Arguments.parse(command.name(), row.words(), command.options());
        ZooModel model = Models.of(command, arguments);
        Config config = Config.parse(row.config(), Objects.requireNonNull(configs.get(row.config())));
        return Predictions.of(model, config, Optional.empty(), arguments);
    }
}
