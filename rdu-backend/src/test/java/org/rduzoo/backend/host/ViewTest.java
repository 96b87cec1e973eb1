package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;

class ViewTest {

    private static final Buffer BUFFER = new Buffer(0, Buffer.Kind.ARENA, 1 << 20);

    @Test
    void transposingAndBackIsTheSameView() {
        View view = contiguous(2, 3, 4, 5);
        assertThat(view.transpose(List.of(0, 2, 1, 3)).transpose(List.of(0, 2, 1, 3)))
                .isEqualTo(view);
    }

    @Test
    void headsSplitFromRowsNeedNoCopy() {
        View heads =
                contiguous(2, 7, 12).reshape(Shape.of(2, 7, 3, 4)).orElseThrow().transpose(List.of(0, 2, 1, 3));
        assertThat(heads.strides()).containsExactly(84L, 4L, 12L, 1L);
        assertThat(heads.hasDenseRows()).isTrue();
        assertThat(heads.reshape(Shape.of(2, 3, 28)))
                .as("tokens and places of a head do not lie evenly")
                .isEmpty();
    }

    @Test
    void aSliceOfRowsCanBeSeenAsAMatrix() {
        View first =
                contiguous(4, 7, 12).slice(1, 0, 1).reshape(Shape.of(4, 12)).orElseThrow();
        assertThat(first.asMatrix().orElseThrow().strides()).containsExactly(84L, 1L);
    }

    @Test
    void elementsKeepTheirPlaceUnderAnotherShape() {
        Shape[] shapes = {
            Shape.of(24),
            Shape.of(2, 12),
            Shape.of(2, 3, 4),
            Shape.of(4, 6),
            Shape.of(1, 24, 1),
            Shape.of(2, 1, 3, 2, 2)
        };
        View[] views = {
            contiguous(2, 3, 4),
            contiguous(2, 5, 4).slice(1, 1, 3),
            contiguous(4, 3, 2).transpose(List.of(2, 1, 0)),
            contiguous(2, 3, 8).slice(2, 2, 4),
            contiguous(3, 4).broadcast(Shape.of(2, 3, 4))
        };
        for (View view : views) {
            for (Shape shape : shapes) {
                view.reshape(shape).ifPresent(v -> assertThat(places(v)).isEqualTo(places(view)));
            }
            assertThat(view.reshape(view.shape())).isPresent();
        }
    }

    private static View contiguous(int... dims) {
        return View.contiguous(BUFFER, DType.F32, Shape.of(dims));
    }

    /// Where each element lies, in row-major order.
    private static List<Long> places(View view) {
        List<Long> places = new ArrayList<>(List.of(view.byteOffset() / Float.BYTES));
        for (int axis = 0; axis < view.shape().rank(); axis++) {
            List<Long> next = new ArrayList<>();
            for (long place : places) {
                for (int i = 0; i < view.shape().dim(axis); i++) {
                    next.add(place + i * view.stride(axis));
                }
            }
            places = next;
        }
        return places;
    }
}
