package org.rduzoo.samba;

import java.util.List;
import java.util.stream.Stream;
import org.rduzoo.ir.DType;

/// The graphs of an image model, for batches of images of one size.
public final class ImageGraphs {

    private ImageGraphs() {}

    /// `image` to `logits`, by running statistics where the model keeps such.
    public static Trace inference(String name, ImageModel model, Config config, int batch, List<Integer> sides) {
        Trace trace = new Trace(name);
        Segmenter segmenter = model.build(config, Params.shapes(trace));
        trace.output("logits", segmenter.logits(image(trace, model, config, batch, sides)));
        return trace;
    }

    /// `image`, `target` to `logits` and `loss`, by the batch's statistics; running ones are replaced.
    public static Trace training(String name, ImageModel model, Config config, int batch, List<Integer> sides) {
        return training(Trace.training(name), model, config, batch, sides);
    }

    /// Likewise, into a trace that says what learns.
    public static Trace training(Trace trace, ImageModel model, Config config, int batch, List<Integer> sides) {
        return withLoss(trace, model, config, batch, sides);
    }

    /// As [#training], but by running statistics, which stay as they are.
    public static Trace evaluation(String name, ImageModel model, Config config, int batch, List<Integer> sides) {
        return withLoss(new Trace(name), model, config, batch, sides);
    }

    private static Trace withLoss(Trace trace, ImageModel model, Config config, int batch, List<Integer> sides) {
        Segmenter segmenter = model.build(config, Params.shapes(trace));
        Tensor logits = segmenter.logits(image(trace, model, config, batch, sides));
        trace.output("logits", logits);
        DType type = segmenter.targetType();
        Stream<Integer> front = type == DType.I64
                ? Stream.of(batch)
                : Stream.of(batch, model.form(config).classes());
        Tensor target = trace.input("target", type, dims(front, sides));
        trace.output("loss", segmenter.loss(logits, target));
        return trace;
    }

    private static Tensor image(Trace trace, ImageModel model, Config config, int batch, List<Integer> sides) {
        ImageForm form = model.form(config);
        form.require(sides);
        return trace.input("image", DType.F32, dims(Stream.of(batch, form.channels()), sides));
    }

    private static int[] dims(Stream<Integer> front, List<Integer> sides) {
        return Stream.concat(front, sides.stream()).mapToInt(Integer::intValue).toArray();
    }
}
