package org.rduzoo.checkpoint.hub;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;

/// Which files of a repository to bring, and whether their names are safe to write to.
final class RepoFiles {

    private static final List<String> CHECKPOINT =
            List.of("*.safetensors", "*.json", "*.jinja", "*.model", "*merges.txt", "*vocab.txt", "*modules.txt");

    /// Weights of repositories from before safetensors.
    private static final Pattern PICKLED = Pattern.compile("pytorch_model(-[0-9]+-of-[0-9]+)?\\.bin");

    private RepoFiles() {}

    /// The files that a request asks for, of those in the repository.
    ///
    /// @throws UserError if there are none, or a name would lead out of the snapshot's folder
    static List<String> select(PullRequest request, List<String> all) {
        boolean checkpoint = request.patterns().isEmpty();
        List<Pattern> patterns = (checkpoint ? CHECKPOINT : request.patterns())
                .stream().map(RepoFiles::glob).toList();
        boolean pickled = checkpoint && all.stream().noneMatch(RepoFiles::isSafe);
        List<String> selected = all.stream()
                .filter(name -> patterns.stream().anyMatch(p -> p.matcher(name).matches())
                        || (pickled && PICKLED.matcher(name).matches()))
                .toList();
        if (checkpoint) {
            selected = withoutSecondCopy(selected);
            requireWeights(request, selected, all);
        }
        if (selected.isEmpty()) {
            throw new UserError("no file of " + request.repo() + " matches " + String.join(", ", request.patterns())
                    + "; it has " + some(all) + ".");
        }
        selected.forEach(name -> refuseUnsafe(request, name));
        return selected;
    }

    /// Some repositories hold the same weights again under the names of their first publisher's own format.
    private static List<String> withoutSecondCopy(List<String> names) {
        boolean standard = names.stream().anyMatch(n -> n.startsWith("model") && n.endsWith(".safetensors"));
        return standard
                ? names.stream().filter(n -> !n.startsWith("consolidated")).toList()
                : names;
    }

    private static void requireWeights(PullRequest request, List<String> selected, List<String> all) {
        if (selected.stream().noneMatch(n -> isSafe(n) || PICKLED.matcher(n).matches())) {
            throw new UserError(request.repo() + " has no weights in safetensors or pytorch_model.bin; it has "
                    + some(all) + ".\nAsk for what it has by name, as in \"*.gguf\", or look for a converted copy.");
        }
    }

    private static boolean isSafe(String name) {
        return name.endsWith(".safetensors");
    }

    private static String some(List<String> names) {
        return names.isEmpty()
                ? "no files"
                : names.stream().limit(12).map(Named::shortened).collect(Collectors.joining(", "))
                        + (names.size() > 12 ? " and " + (names.size() - 12) + " more" : "");
    }

    private static Pattern glob(String pattern) {
        return Pattern.compile(
                Arrays.stream(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")),
                Pattern.DOTALL);
    }

    private static void refuseUnsafe(PullRequest request, String name) {
        boolean safe = !name.isEmpty()
                && name.length() < 1000
                && name.chars().noneMatch(c -> c < ' ' || c == '\\' || c == ':')
                && Arrays.stream(name.split("/", -1))
                        .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (!safe) {
            throw new UserError(
                    request.repo() + " has a file named \"" + Named.shortened(name)
                            + "\", which would be written outside its folder. Nothing was written; do not trust this repository.");
        }
    }
}
