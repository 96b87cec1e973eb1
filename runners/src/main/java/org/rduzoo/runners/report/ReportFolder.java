package org.rduzoo.runners.report;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rduzoo.backend.json.Json;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.file.WholeFolder;

/// The folder of a report, with all its files.
public final class ReportFolder {

    private static final String PAGE = "report.html";
    private static final String TRACE = "trace.json";
    private static final String SUMMARY = "summary.json";

    private ReportFolder() {}

    /// Writes the report of the first, with a comparison with the second if there is one. A folder that holds a report
    /// is replaced; another one that is not empty only by `force`.
    ///
    /// @return the bytes of each file, by its name
    /// @throws org.rduzoo.samba.UserError when the folder may not be replaced, or cannot be written
    public static SequencedMap<String, Long> write(Path folder, boolean force, List<Report> reports) {
        Report report = reports.getFirst();
        SequencedMap<String, String> files = new LinkedHashMap<>();
        files.put(PAGE, ReportPage.html(reports));
        files.put(SUMMARY, Json.print(ReportSummary.of(report)));
        files.put("section_report.csv", Csv.text(SectionTable.sections(report)));
        files.put("stage_report.csv", Csv.text(SectionTable.stages(report)));
        files.put("pmu_bandwidth.csv", Csv.text(UnitTable.pmus(report)));
        files.put("links.csv", Csv.text(UnitTable.links(report)));
        files.put("memory_map.csv", Csv.text(UnitTable.memory(report)));
        files.put(TRACE, TraceEvents.text(report));
        SequencedMap<String, Long> sizes = new LinkedHashMap<>();
        boolean ours = List.of(PAGE, SUMMARY, TRACE).stream().allMatch(f -> Files.isRegularFile(folder.resolve(f)));
        WholeFolder.write(folder, force || ours, _ -> false, partial -> {
            for (Map.Entry<String, String> file : files.entrySet()) {
                byte[] bytes = file.getValue().getBytes(StandardCharsets.UTF_8);
                WholeFile.write(partial.resolve(file.getKey()), false, bytes);
                sizes.put(file.getKey(), (long) bytes.length);
            }
        });
        return sizes;
    }
}
