package org.rduzoo.backend.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.section.Operand;
import org.rduzoo.backend.section.StageBuffer;
import org.rduzoo.backend.section.StageBuffer.Reader;

class MemoryUnitsTest {

    /// Bytes a second that a unit takes in, and as many that it hands out.
    private static final double EACH = 100;

    private static StageBuffer buffer(int producer, int consumer, long in, long out, int pmus) {
        return new StageBuffer(
                0, producer, List.of(new Reader(consumer, Operand.ONCE, out, 1)), in, 10, 2, false, pmus);
    }

    @Test
    void aBufferGetsAsManyUnitsAsItsFastestStageNeeds() {
        // The stages take 2 and 4 seconds; 1000 bytes come in and 3000 go out.
        MemoryUnits units = new MemoryUnits(List.of(buffer(0, 1, 1000, 3000, 1)), new double[] {4, 2}, EACH, 40);
        List<StageBuffer> shared = units.share(1);
        assertThat(shared.getFirst().pmus()).isEqualTo(15);
        assertThat(units.seconds(shared)).containsExactly(2, 2);
        assertThat(units.share(2).getFirst().pmus()).isEqualTo(30);
    }

    @Test
    void whereThereAreTooFewUnitsAllWaitAlikeAndNoneHasFewerThanHoldIt() {
        List<StageBuffer> buffers = List.of(buffer(-1, 0, 1000, 4000, 2), buffer(-1, 1, 1000, 2000, 2));
        MemoryUnits units = new MemoryUnits(buffers, new double[] {1, 1}, EACH, 12);
        List<StageBuffer> shared = units.share(1);
        assertThat(shared.stream().mapToInt(StageBuffer::pmus)).containsExactly(8, 4);
        assertThat(units.seconds(shared)[0]).isCloseTo(5, within(1e-9));
        assertThat(units.seconds(shared)[1]).isCloseTo(5, within(1e-9));
        List<StageBuffer> held = new MemoryUnits(buffers, new double[] {1, 1}, EACH, 3).share(1);
        assertThat(held.stream().mapToInt(StageBuffer::pmus)).containsExactly(2, 2);
    }
}
