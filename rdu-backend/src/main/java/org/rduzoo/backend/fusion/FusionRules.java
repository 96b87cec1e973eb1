package org.rduzoo.backend.fusion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.rduzoo.samba.UserError;

/// Fusion rules, those with the highest priority first.
///
/// Operations are called by what SambaFlow's files call them (`linear`, `matmul`, `scaled_dot_product_attention`,
/// `conv2d`, `cat` …) or by their own name in this project (`rms_norm`, `attention`, `rope`).
///
/// @param text what they were read from: equal texts are equal rules
public record FusionRules(List<FusionRule> rules, String text) {

    private static final String BUILT_IN = "rules.yaml";

    private static final class BuiltIn {
        static final FusionRules RULES = load();
    }

    public FusionRules {
        rules = rules.stream()
                .sorted(Comparator.comparingInt(FusionRule::priority).reversed())
                .toList();
    }

    /// No rules.
    public static FusionRules none() {
        return new FusionRules(List.of(), "");
    }

    /// The rules for transformers and U-Nets that come with the compiler.
    public static FusionRules builtIn() {
        return BuiltIn.RULES;
    }

    /// The rules of a file.
    ///
    /// @throws UserError when it cannot be read, or is no such file
    public static FusionRules read(Path file) {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException e) {
            throw new UserError("the rules in %s cannot be read: %s".formatted(file, e), e);
        }
    }

    /// Reads rules from text in YAML.
    ///
    /// @param source where it is from, for messages
    /// @throws UserError when it holds something else
    public static FusionRules parse(String source, String yaml) {
        return new FusionRules(new RuleReader(source).rules(yaml), yaml);
    }

    /// These and others; of two with the same name, the other.
    public FusionRules with(FusionRules others) {
        List<String> names = others.rules.stream().map(FusionRule::name).toList();
        Stream<FusionRule> kept = rules.stream().filter(r -> !names.contains(r.name()));
        return new FusionRules(Stream.concat(others.rules.stream(), kept).toList(), text + "\n" + others.text);
    }

    private static FusionRules load() {
        try (InputStream in = Objects.requireNonNull(FusionRules.class.getResourceAsStream(BUILT_IN), BUILT_IN)) {
            return parse(BUILT_IN, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
