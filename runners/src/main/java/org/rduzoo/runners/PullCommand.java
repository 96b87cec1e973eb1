package org.rduzoo.runners;

import java.util.List;
import org.rduzoo.checkpoint.hub.HubClient;
import org.rduzoo.checkpoint.hub.HubSettings;
import org.rduzoo.checkpoint.hub.PullRequest;
import org.rduzoo.checkpoint.hub.PullResult;

/// `rdu pull REPO`: a checkpoint from the Hub, into the cache that the Python tools share.
record PullCommand() implements Command {

    @Override
    public String name() {
        return "pull";
    }

    @Override
    public String summary() {
        return "brings a checkpoint from the Hub";
    }

    @Override
    public List<String> operands() {
        return List.of("REPO");
    }

    @Override
    public List<Option> options() {
        return List.of(Option.REVISION, Option.FILES);
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        PullRequest request = new PullRequest(
                Operands.one(this, arguments),
                arguments.text(Option.REVISION).orElse("main"),
                arguments.texts(Option.FILES));
        PullResult result = new HubClient(HubSettings.ofEnvironment()).pull(request);
        return TableResult.of(TableResult.row(
                        "repo", result.repo(),
                        "commit", result.commit(),
                        "folder", result.folder().toString(),
                        "downloaded_bytes", result.downloaded()))
                .with(
                        "files",
                        result.files().stream()
                                .map(f -> TableResult.row("file", f))
                                .toList());
    }
}
