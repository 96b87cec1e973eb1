package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.backend.json.Json;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;

/// The command line: `./rdu COMMAND …`.
public final class Main {

    private static final List<Command> COMMANDS = List.of(
            new ListCommand(),
            new DescribeCommand(),
            new CompileCommand(),
            new RunCommand(),
            new TestCommand(),
            new MeasurePerformanceCommand(),
            new MeasureSectionsCommand(),
            new PredictOpCommand(),
            new ValidateTimingCommand(),
            new PefCommand(),
            new ReportCommand(),
            new SntilestatCommand(),
            new ConvertCommand(),
            new CheckpointCommand(),
            new PullCommand(),
            new PrepareDataCommand(),
            new GenerateDataCommand());

    private Main() {}

    public static void main(String[] arguments) {
        int status = run(arguments, System.out, System.err);
        System.out.flush();
        // Threads of the engine and of native libraries may linger; the result is out.
        System.exit(status);
    }

    /// Runs a command.
    ///
    /// @return the exit status: 0 fine, 1 the user's mistake, 2 wrong usage, 3 a mismatch found, 70 our mistake
    public static int run(String[] arguments, PrintStream out, PrintStream err) {
        boolean json = Arrays.asList(arguments).contains(Option.JSON.text());
        try {
            return run(List.of(arguments), new Console(out, err));
        } catch (UserError e) {
            return fail(err, json, "user", String.valueOf(e.getMessage()), 1);
        } catch (UsageError e) {
            return fail(err, json, "usage", String.valueOf(e.getMessage()), 2);
        } catch (OutOfMemoryError e) {
            return fail(
                    err,
                    json,
                    "user",
                    "not enough memory: %s. Give the program more, as in RDU_JAVA_OPTS=-Xmx8g, or take a smaller batch."
                            .formatted(e.getMessage()),
                    1);
        } catch (RuntimeException | Error e) {
            if (!json) {
                e.printStackTrace(err);
            }
            return fail(err, json, "internal", "this is a bug in rdu, not a mistake of yours: " + e, 70);
        }
    }

    private static int run(List<String> words, Console console) {
        if (words.isEmpty()
                || words.getFirst().equals("--help")
                || words.getFirst().equals("-h")
                || words.equals(List.of("help"))) {
            overview(words.isEmpty() ? console.err() : console.out());
            return words.isEmpty() ? 2 : 0;
        }
        Command command = command(words.getFirst());
        Arguments arguments = Arguments.parse(command.name(), words.subList(1, words.size()), command.options());
        if (arguments.on(Option.HELP)) {
            help(command, console.out());
            return 0;
        }
        Result result = command.run(arguments, console);
        if (arguments.on(Option.JSON)) {
            console.out().print(Json.printNumbersOrNull(result.json()));
        } else {
            result.print(console.out());
        }
        return result.status();
    }

    private static Command command(String name) {
        List<String> names = COMMANDS.stream().map(Command::name).toList();
        return COMMANDS.stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageError("there is no command %s.%s The commands are %s."
                        .formatted(name, Nearest.hint(name, names), String.join(", ", names))));
    }

    private static int fail(PrintStream err, boolean json, String kind, String message, int status) {
        if (json) {
            Map<String, Object> error = new LinkedHashMap<>();
            error.put("message", message);
            error.put("kind", kind);
            err.print(Json.print(Map.of("error", error)));
        } else {
            err.println(message);
        }
        return status;
    }

    private static void overview(PrintStream out) {
        out.println("usage: rdu COMMAND …");
        out.println();
        Map<String, String> lines = new LinkedHashMap<>();
        COMMANDS.forEach(c -> lines.put("  " + usage(c), c.summary()));
        Table.facts(lines, out);
        out.println();
        out.println("rdu COMMAND --help says which options it takes.");
    }

    private static void help(Command command, PrintStream out) {
        out.println("usage: rdu " + usage(command) + " [options]");
        out.println(command.summary());
        out.println();
        Map<String, String> lines = new LinkedHashMap<>();
        List<Option> options = new ArrayList<>(command.options());
        options.add(Option.JSON);
        options.add(Option.HELP);
        options.forEach(o -> lines.put("  " + o.usage(), o.help()));
        Table.facts(lines, out);
    }

    private static String usage(Command command) {
        return String.join(" ", List.of(command.name(), String.join(" ", command.operands())))
                .strip();
    }
}
