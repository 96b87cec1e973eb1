package org.rduzoo.ir.pass;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Verifier;
import org.rduzoo.ir.grad.Backward;
import org.rduzoo.ir.grad.FiniteDifferences;

final class GradientsOfRandomGraphsTest {

    private static final int GRAPHS = 200;
    private static final int STEPS = 14;

    @Test
    void theyPredictHowOutputsChange() {
        for (int seed = 0; seed < GRAPHS; seed++) {
            FiniteDifferences.checkDirection(RandomGraphs.of(seed, STEPS), "last", seed);
        }
    }

    @Test
    void rewritesKeepTheMeaningOfJointGraphs() {
        for (int seed = 0; seed < GRAPHS; seed++) {
            Graph joint = joint(seed);
            Graph rewritten = joint;
            for (Pass pass : Rewrites.standard()) {
                rewritten = Verifier.check(pass.run(rewritten));
            }
            Checks.agree(joint, rewritten, seed, 1e-5);
        }
    }

    @Test
    void roundedJointGraphsAreSound() {
        for (int seed = 0; seed < GRAPHS; seed++) {
            Graph rounded = Verifier.check(new Precision(PrecisionOptions.DEFAULTS).run(joint(seed)));
            for (Pass pass : Rewrites.standard()) {
                rounded = Verifier.check(pass.run(rounded));
            }
        }
    }

    private static Graph joint(int seed) {
        Graph forward = RandomGraphs.of(seed, STEPS);
        List<String> names = FiniteDifferences.reached(forward, "last");
        return Verifier.check(Backward.gradients(forward, "last", names));
    }
}
