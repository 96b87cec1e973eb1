package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The vectors of texts, and how alike they are (cosine).
///
/// @param vectors of each text: one, or one a token
record Embeddings(List<String> texts, List<List<float[]>> vectors, Map<String, Object> measured) implements Result {

    /// With more texts, each is shown with its nearest alone.
    private static final int ALL_PAIRS = 16;

    private static final int SHOWN = 6;

    private boolean pooled() {
        return vectors.stream().allMatch(v -> v.size() == 1);
    }

    @Override
    public void print(PrintStream out) {
        int n = texts.size();
        if (n == 1 || !pooled()) {
            for (int i = 0; i < n; i++) {
                out.println("\"" + texts.get(i) + "\"");
                vectors.get(i).forEach(v -> out.println("  " + beginning(v)));
            }
            return;
        }
        for (int i = 0; i < n; i++) {
            int nearest = i == 0 ? 1 : 0;
            for (int j = 0; j < n; j++) {
                if (n <= ALL_PAIRS && j > i) {
                    printPair(i, j, out);
                }
                if (j != i && similarity(i, j) > similarity(i, nearest)) {
                    nearest = j;
                }
            }
            if (n > ALL_PAIRS) {
                printPair(i, nearest, out);
            }
        }
    }

    private void printPair(int i, int j, PrintStream out) {
        out.println(
                "%s  \"%s\"  ~  \"%s\"".formatted(Console.decimals(similarity(i, j), 2), texts.get(i), texts.get(j)));
    }

    private static String beginning(float[] vector) {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < Math.min(SHOWN, vector.length); i++) {
            text.append(i == 0 ? "" : ", ").append(Console.decimals(vector[i], 4));
        }
        return text.append(vector.length > SHOWN ? ", …]  " : "]  ")
                .append(vector.length + " numbers")
                .toString();
    }

    private double similarity(int i, int j) {
        float[] a = vectors.get(i).getFirst();
        float[] b = vectors.get(j).getFirst();
        double product = 0;
        double lengthA = 0;
        double lengthB = 0;
        for (int k = 0; k < a.length; k++) {
            product += (double) a[k] * b[k];
            lengthA += (double) a[k] * a[k];
            lengthB += (double) b[k] * b[k];
        }
        return lengthA == 0 || lengthB == 0 ? 0 : product / Math.sqrt(lengthA * lengthB);
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("texts", texts);
        if (pooled()) {
            json.put(
                    "embeddings",
                    vectors.stream().map(v -> numbers(v.getFirst())).toList());
            List<Object> rows = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                List<Object> row = new ArrayList<>();
                for (int j = 0; j < texts.size(); j++) {
                    row.add(similarity(i, j));
                }
                rows.add(row);
            }
            json.put("similarity", rows);
        } else {
            json.put(
                    "embeddings",
                    vectors.stream()
                            .map(v -> v.stream().map(Embeddings::numbers).toList())
                            .toList());
        }
        json.put("measured", measured);
        return json;
    }

    private static List<Object> numbers(float[] vector) {
        List<Object> numbers = new ArrayList<>();
        for (float v : vector) {
            numbers.add(v);
        }
        return numbers;
    }
}
