package org.rduzoo.runners.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.rduzoo.runners.data.PairReader.BadLine;
import org.rduzoo.runners.data.PairReader.Pair;
import org.rduzoo.samba.UserError;

/// Packs the lines of one split.
final class SplitPacker {

    private final PrepareRequest request;
    private final DataTokenizer tokenizer;
    private final InputLines input;
    private final Optional<ChatTurns> chat;

    SplitPacker(PrepareRequest request, DataTokenizer tokenizer, InputLines input) {
        this.request = request;
        this.tokenizer = tokenizer;
        this.input = input;
        chat = request.article().chatTemplate() ? Optional.of(tokenizer.chat()) : Optional.empty();
    }

    /// What came of a split; the rows went into its spill.
    ///
    /// @param bad lines that were passed over
    record Packed(PackingMetrics metrics, List<Integer> bad) {}

    /// @throws UserError for a line that is not as it should be, unless such lines are to be passed over
    Packed pack(int[] lines, RowSpill rows) {
        PairReader reader = new PairReader(
                request.keys().prompt(),
                request.keys().completion(),
                request.keys().categories());
        ArticleTokenizer articles = new ArticleTokenizer(
                tokenizer::encode, tokenizer.beginToken(), tokenizer.endToken(), request.article());
        RowPacker packer = new RowPacker(
                request.rowLength(),
                tokenizer.endToken(),
                request.packing(),
                request.article().keepPromptOnly(),
                rows::add);
        List<Integer> bad = new ArrayList<>();
        for (int line : lines) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("another split failed");
            }
            try {
                articles(line, articles, reader).forEach(packer::add);
            } catch (BadLine e) {
                if (!request.skipBadLines()) {
                    throw new UserError(
                            "%s %s. Mend it, or leave such lines out with --ignore-input-format-error."
                                    .formatted(input.place(line), e.getMessage()),
                            e);
                }
                bad.add(line);
            }
        }
        packer.finish();
        rows.flush();
        PackingMetrics read = new PackingMetrics(0, lines.length - bad.size(), articles.tokens(), 0, 0, 0, 0, 0, 0);
        return new Packed(packer.metrics().plus(read), bad);
    }

    private List<TokenRun> articles(int line, ArticleTokenizer articles, PairReader reader) throws BadLine {
        String text = input.text(line);
        if (!input.isJsonl()) {
            return articles.text(text);
        }
        List<Pair> pairs = reader.read(text);
        if (chat.isEmpty() || pairs.isEmpty()) {
            return articles.pairs(pairs);
        }
        try {
            return articles.turns(chat.get().around(pairs));
        } catch (UserError e) {
            throw new UserError(input.place(line) + ": " + e.getMessage(), e);
        }
    }
}
