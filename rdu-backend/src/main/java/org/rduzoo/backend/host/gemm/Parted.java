package org.rduzoo.backend.host.gemm;

import java.util.List;
import org.rduzoo.backend.host.machine.Kernel;

/// A kernel planned for as many parts as there are lists. A team of fewer threads does several parts each.
public record Parted(List<List<Task>> tasks) implements Kernel {
    @Override
    public int parts(int threads) {
        return Math.max(1, tasks.size());
    }

    @Override
    public void run(int part, int parts) {
        for (int p = part; p < tasks.size(); p += parts) {
            List<Task> mine = tasks.get(p);
            for (int i = 0; i < mine.size(); i++) {
                mine.get(i).run();
            }
        }
    }
}
