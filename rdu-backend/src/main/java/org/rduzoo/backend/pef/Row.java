package org.rduzoo.backend.pef;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;

/// A line of a table: a record whose components are the columns.
public interface Row {

    /// How the cells of each kind of row are read, by the names of their columns.
    ClassValue<Map<String, Method>> COLUMNS = new ClassValue<>() {
        @Override
        protected Map<String, Method> computeValue(Class<?> kind) {
            Map<String, Method> columns = new LinkedHashMap<>();
            for (RecordComponent c : kind.getRecordComponents()) {
                columns.put(c.getName().replaceAll("(?=[A-Z])", "_").toLowerCase(Locale.ROOT), c.getAccessor());
            }
            return columns;
        }
    };

    /// The cells by the name of their column, as in `pmu_bytes`, in the order of the record.
    default SequencedMap<String, Object> cells() {
        SequencedMap<String, Object> cells = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Method> column : COLUMNS.get(getClass()).entrySet()) {
                cells.put(column.getKey(), column.getValue().invoke(this));
            }
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
        return cells;
    }
}
