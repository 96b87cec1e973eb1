package org.rduzoo.backend.section;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.rduzoo.backend.arch.TensorParallel;

class PieceGridTest {

    @Test
    void aRowAtATimeReadsTheLeftFactorForEachSetOfColumnsAndTheRightOneForEachRow() {
        PieceGrid grid = PieceGrid.of(1, 256, 100, 1, 6.0 / 32);
        assertThat(grid.reads(Operand.LEFT, 10)).isEqualTo(10);
        assertThat(grid.reads(Operand.RIGHT, 10)).isEqualTo(256);
        assertThat(grid.reads(Operand.ONCE, 10)).isEqualTo(1);
        assertThat(grid.groups(Operand.LEFT, 10)).isEqualTo(1);
        assertThat(grid.groups(Operand.RIGHT, 10)).isEqualTo(10);
    }

    @Test
    void rowsOfATileAreWorkedOnTogetherWhereThatReadsLess() {
        PieceGrid grid = PieceGrid.of(1, 512, 100, 1, 6.0 / 32).allRowsAtOnce();
        // Of 48 units, sqrt(48 · 6 / 32) = 3 rows and 16 columns.
        assertThat(grid.groups(Operand.LEFT, 48)).isEqualTo(3);
        assertThat(grid.reads(Operand.LEFT, 48)).isEqualTo(7);
        assertThat(grid.reads(Operand.RIGHT, 48)).isEqualTo(171);
    }

    @Test
    void moreUnitsThanPiecesSplitTheSums() {
        PieceGrid grid = PieceGrid.of(1, 1, 10, 8, 6.0 / 32);
        assertThat(grid.reads(Operand.LEFT, 40)).isEqualTo(1);
        assertThat(grid.groups(Operand.LEFT, 40)).isEqualTo(4);
        assertThat(grid.groups(Operand.RIGHT, 40)).isEqualTo(40);
    }

    @Test
    void noUnitsReadMoreThanOneWouldAndAPartOfAProductNoMoreThanTheWhole() {
        PieceGrid grid = PieceGrid.of(3, 300, 70, 4, 6.0 / 32);
        for (int pcus = 1; pcus < 2000; pcus++) {
            double left = grid.reads(Operand.LEFT, pcus);
            assertThat(left).isBetween(1.0, 70.0);
            assertThat(grid.reads(Operand.RIGHT, pcus)).isBetween(1.0, 300.0);
            for (TensorParallel parallel : TensorParallel.values()) {
                assertThat(grid.shared(8, parallel).reads(Operand.LEFT, pcus)).isLessThanOrEqualTo(left);
            }
        }
    }
}
