package org.rduzoo.samba.data;

import java.util.List;
import org.rduzoo.samba.UserError;

/// The rows of several sources, one after another.
public final class JoinedRows implements PackedRows {

    private final String source;
    private final List<PackedRows> parts;
    private final long[] starts;

    /// @param source what they are together, for messages
    /// @throws UserError when their rows are not of one length
    public JoinedRows(String source, List<? extends PackedRows> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException(source + " has no parts");
        }
        this.source = source;
        this.parts = List.copyOf(parts);
        starts = new long[parts.size() + 1];
        PackedRows first = parts.getFirst();
        for (int i = 0; i < parts.size(); i++) {
            PackedRows part = parts.get(i);
            if (part.length() != first.length()) {
                throw new UserError(
                        ("%s has rows of %d tokens, but %s has rows of %d. Are they of one data set? Prepare "
                                        + "them with one --max-seq-length.")
                                .formatted(part.source(), part.length(), first.source(), first.length()));
            }
            starts[i + 1] = starts[i] + part.count();
        }
    }

    @Override
    public String source() {
        return source;
    }

    @Override
    public long count() {
        return starts[parts.size()];
    }

    @Override
    public int length() {
        return parts.getFirst().length();
    }

    @Override
    public void read(long row, int[] ids, byte[] types, int offset) {
        int part = 0;
        while (row >= starts[part + 1]) {
            part++;
        }
        parts.get(part).read(row - starts[part], ids, types, offset);
    }

    @Override
    public void close() {
        parts.forEach(PackedRows::close);
    }
}
