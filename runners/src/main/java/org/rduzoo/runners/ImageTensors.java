package org.rduzoo.runners;

import java.util.List;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Window;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

/// The tensors that a user gives to an image model by name, checked: `image`, and `target` where it learns.
final class ImageTensors {

    private static final String IMAGE = "image";

    private ImageTensors() {}

    static Weight image(Weights file) {
        return find(file, IMAGE);
    }

    private static Weight find(Weights file, String name) {
        return file.find(name)
                .orElseThrow(() -> new UserError(
                        "%s has no tensor \"%s\".%s".formatted(file.source(), name, Nearest.hint(name, file.names()))));
    }

    /// The sides of the images.
    ///
    /// @throws UserError when the model takes no images of this shape
    static List<Integer> sides(ImageForm form, Weights file) {
        Type type = image(file).type();
        if (type.rank() != form.dimensions() + 2 || type.dim(1) != form.channels() || type.dim(0) == 0) {
            throw new UserError("%s: \"image\" has shape %s, but the model takes [images, %d, sides..] with %d sides."
                    .formatted(file.source(), type.shape(), form.channels(), form.dimensions()));
        }
        List<Integer> sides = Window.places(type.shape());
        form.require(sides);
        return sides;
    }

    /// A tensor of this shape as a graph takes it.
    ///
    /// @throws UserError when it has another shape, or holds classes where numbers are wanted or the other way round
    static SambaTensor tensor(Weights file, String name, Type wanted) {
        Weight found = find(file, name);
        boolean classes = wanted.dtype() == DType.I64;
        if (!found.type().shape().equals(wanted.shape())
                || classes == found.type().dtype().isFloat()) {
            throw new UserError(
                    "%s: \"%s\" is %s, but %s is expected.".formatted(file.source(), name, found.type(), wanted));
        }
        SambaTensor tensor = SambaTensor.zeros(name, wanted);
        Feed.copy(Feed.dense(wanted, found.type().dtype(), found.segment()), tensor.segment());
        return tensor;
    }
}
