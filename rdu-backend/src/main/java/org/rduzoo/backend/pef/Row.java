package org.rduzoo.backend.pef;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/// A line of a table: a record whose components are the columns.
public interface Row {

    /// The cells by the name of their column, as in `pmu_bytes`, in the order of the record.
    default SequencedMap<String, Object> cells() {
        SequencedMap<String, Object> cells = new LinkedHashMap<>();
        try {
            for (RecordComponent c : getClass().getRecordComponents()) {
                String column = c.getName().replaceAll("(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
                cells.put(column, c.getAccessor().invoke(this));
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
        return cells;
    }
}
