package org.rduzoo.examples;

import java.util.List;
import java.util.Map;
import org.rduzoo.ir.SectionType;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Samba;
import org.rduzoo.samba.SambaLoader;
import org.rduzoo.samba.SambaLoader.Batch;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.app.App;
import org.rduzoo.samba.app.AppArgs;
import org.rduzoo.samba.app.AppOption;
import org.rduzoo.samba.nn.LayerNorm;
import org.rduzoo.samba.nn.Linear;
import org.rduzoo.samba.optim.AdamW;
import org.rduzoo.samba.session.Model;
import org.rduzoo.samba.session.Session;

/// Tells digits apart: a residual feed-forward network, and the program that compiles, trains and tests it.
///
/// Shapes: `B` batch, `C` width.
public record Ffn(Linear in, LayerNorm norm1, Linear hidden, LayerNorm norm2, Linear out) {

    static final AppOption WIDTH = AppOption.shape("width", 128, "numbers in a hidden layer");
    static final AppOption EPOCHS = AppOption.of("num-epochs", "e", 5, "how often to go through the images");
    static final AppOption LR = AppOption.of("lr", 0.002, "learning rate");

    static Ffn of(Params params, int width) {
        return new Ffn(
                Linear.of(params.at("in"), Digits.PIXELS, width),
                LayerNorm.of(params.at("norm1"), width, 1e-5),
                Linear.of(params.at("hidden"), width, width),
                LayerNorm.of(params.at("norm2"), width, 1e-5),
                Linear.of(params.at("out"), width, 10));
    }

    Tensor logits(Tensor image) { //                                      [B, 784]
        Tensor x = norm1.apply(in.apply(image)).tanh(); //                [B, C]
        Tensor h = x.plus(norm2.apply(hidden.apply(x)).sigmoid()); //     [B, C]
        return out.apply(h); //                                           [B, 10]
    }

    static Model model(int width) {
        return (params, inputs) -> {
            Tensor logits = of(params, width).logits(inputs.get("image"));
            return Model.outputs("loss", Losses.crossEntropies(logits, inputs.get("digit")), "logits", logits);
        };
    }

    public static void main(String... words) {
        new App("ffn", List.of(WIDTH, EPOCHS, LR), Ffn::run).start(words);
    }

    static void run(AppArgs args) {
        Samba samba = new Samba(args.seed());
        int b = args.batchSize();
        Model model = model(args.whole(WIDTH));
        List<SambaTensor> inputs = List.of(samba.rand("image", b, Digits.PIXELS), samba.randint("digit", 10, b));
        AdamW adamw = AdamW.of(args.number(LR));
        if (args.command() == AppArgs.Command.COMPILE) {
            System.out.println(Session.compile(model, inputs, adamw, args));
            return;
        }
        try (Session session = Session.trace(model, inputs, adamw, args)) {
            session.command(args, inputs, () -> train(session, args));
        }
    }

    static void train(Session session, AppArgs args) {
        int b = args.batchSize();
        int epochs = args.inference() ? 0 : args.whole(EPOCHS);
        session.output("loss").snGrad(new Samba().full("grad_scale", 1.0 / b, b)); // the mean of the batch
        try (SambaLoader digits = Digits.loader(8000, b, args.seed());
                SambaLoader others = Digits.loader(1000, b, args.seed() + 1)) {
            for (int epoch = 0; epoch < epochs; epoch++) {
                double lr = args.number(LR) * (epochs - epoch) / epochs;
                for (Batch batch : digits.epoch()) {
                    session.run(batch.tensors().values(), session.outputs(), Map.of("lr", lr));
                }
                SambaTensor gradient = session.tensor("hidden.weight").snGrad().orElseThrow();
                System.out.printf(
                        "Epoch [%d/%d], Loss: %.4f, gradient norm %.4f, of hidden.weight %.4f%n",
                        epoch + 1, epochs, session.loss(), session.gradNorm(), gradient.norm());
            }
            System.out.printf("Held-out accuracy: %.2f %%%n", 100 * accuracy(session, others));
        }
    }

    static double accuracy(Session session, SambaLoader digits) {
        double right = 0;
        for (Batch batch : digits.epoch()) {
            session.run(batch.tensors().values(), session.outputs(), SectionType.FWD);
            right += session.output("logits").toCpu().argmax().agreement(batch.tensor("digit"));
        }
        return right / digits.stepsPerEpoch();
    }
}
