package org.rduzoo.runners.train;

import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.runners.image.ImagePairs;
import org.rduzoo.runners.image.Mask;
import org.rduzoo.runners.image.Overlap;
import org.rduzoo.runners.image.Tiles;
import org.rduzoo.samba.ImageForm;

/// How well an image model does on images that it does not learn from: whole ones, in tiles, by running statistics.
///
/// @param tiles of the size that is learned from
public record ImageEvaluation(ImagePairs pairs, ImageForm form, Tiles tiles) implements Evaluator {

    /// `eval_loss`, the mean over tiles; `dice` and `iou` of each class over all images, the mean over classes but 0.
    @Override
    public Map<String, Double> of(TrainingSession session) {
        HostGraph graph = session.graph(TrainingSpec.EVALUATION);
        Overlap overlap = new Overlap(Mask.classes(form));
        double losses = 0;
        int count = 0;
        for (int i = 0; i < pairs.count(); i++) {
            ImagePairs.Pair pair = pairs.read(i);
            Tiles.Scores scores = tiles.new Scores(pair.picture().sides(), form.classes());
            for (int[] start : tiles.starts(pair.picture().sides())) {
                int[] places = tiles.places(pair.picture().sides(), start);
                pair.picture().copy(places, graph.input("image"), 0);
                pair.mask().copy(places, form.classes(), session.targetType(), graph.input("target"), 0);
                graph.run();
                losses += graph.output("loss").get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
                scores.add(start, graph.output("logits"), 0);
                count++;
            }
            overlap.add(scores.classes(), pair.mask().classes());
        }
        Map<String, Double> found = new LinkedHashMap<>();
        found.put("eval_loss", losses / count);
        found.put("dice", overlap.dice());
        found.put("iou", overlap.iou());
        return found;
    }
}
