package org.rduzoo.checkpoint.hub;

import java.util.List;
import java.util.regex.Pattern;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;

/// What to bring from the Hub.
///
/// @param repo as in `HuggingFaceTB/SmolLM2-135M`
/// @param revision a branch, a tag or a commit
/// @param patterns names of files, where `*` stands for any characters, `/` included; empty for what a
/// checkpoint is made        of: weights in safetensors, configuration, tokenizer
public record PullRequest(String repo, String revision, List<String> patterns) {

    private static final Pattern REPO =
            Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9][A-Za-z0-9._-]{0,95})?");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,199}");

    /// @throws UserError if the name or the revision is none that the Hub can have
    public PullRequest {
        if (!REPO.matcher(repo).matches() || repo.contains("--") || repo.contains("..")) {
            throw new UserError("\"" + Named.shortened(repo) + "\" is not the name of a repository on the Hub;"
                    + " expected organisation/name, as in HuggingFaceTB/SmolLM2-135M.");
        }
        if (!REVISION.matcher(revision).matches() || revision.contains("..") || revision.contains("//")) {
            throw new UserError("\"" + Named.shortened(revision) + "\" is not a revision;"
                    + " expected a branch, a tag or a commit, as in main.");
        }
        patterns = List.copyOf(patterns);
    }

    /// The checkpoint at the head of the main branch.
    public static PullRequest of(String repo) {
        return new PullRequest(repo, "main", List.of());
    }

    /// The same at another branch, tag or commit.
    public PullRequest at(String otherRevision) {
        return new PullRequest(repo, otherRevision, patterns);
    }

    /// The same repository, but these files; `*.gguf`, say.
    public PullRequest files(String... otherPatterns) {
        return new PullRequest(repo, revision, List.of(otherPatterns));
    }
}
