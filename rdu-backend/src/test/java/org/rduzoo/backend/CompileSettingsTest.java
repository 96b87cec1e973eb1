package org.rduzoo.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.arch.TensorParallel;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;

final class CompileSettingsTest {

    @Test
    void whatIsLeftOutHasItsDefault() {
        CompileSettings settings = CompileSettings.of(Map.of());
        assertThat(settings.deployment().arch().key()).isEqualTo("sn40");
        assertThat(settings.deployment().tiles())
                .isEqualTo(settings.deployment().arch().tiles());
        assertThat(settings.deployment().chips()).isEqualTo(1);
        assertThat(settings.deployment().parallel()).isEqualTo(TensorParallel.NONE);
        assertThat(settings.level()).isEqualTo(OptLevel.O3);
        assertThat(settings.precision().dtype()).isEqualTo(DType.BF16);
        assertThat(settings.dumpIr()).isEmpty();
    }

    @Test
    void aFlagThatIsOffIsNotOn() {
        assertThat(CompileSettings.of(Map.of("o0", "false")).level()).isEqualTo(OptLevel.O3);
        assertThat(CompileSettings.of(Map.of("o0", "false", "o1", "true")).level())
                .isEqualTo(OptLevel.O1);
        assertThat(CompileSettings.of(Map.of("o0", "true")).level()).isEqualTo(OptLevel.O0);
    }

    @Test
    void severalChipsShareWeightsUnlessToldOtherwise() {
        assertThat(CompileSettings.of(Map.of("n-chips", "4")).deployment().parallel())
                .isEqualTo(TensorParallel.WEIGHT);
        assertThat(CompileSettings.of(Map.of("n-chips", "4", "tensor-parallel", "batch"))
                        .deployment()
                        .parallel())
                .isEqualTo(TensorParallel.BATCH);
        assertThat(CompileSettings.of(Map.of("tensor-parallel", "batch"))
                        .deployment()
                        .parallel())
                .isEqualTo(TensorParallel.NONE);
    }

    @Test
    void aChipHasNoMoreTilesThanItHas() {
        assertThatThrownBy(() -> CompileSettings.of(Map.of("arch", "sn10", "num-tiles", "5")))
                .isInstanceOf(UserError.class);
    }
}
