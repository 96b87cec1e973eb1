package org.rduzoo.runners;

import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// The models of the zoo.
final class Models {

    private Models() {}

    static List<ZooModel> all() {
        return ServiceLoader.load(ZooModel.class).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparing(ZooModel::name))
                .toList();
    }

    /// The model that a command's only operand names.
    ///
    /// @throws UserError when there is no such model
    static ZooModel of(Command command, Arguments arguments) {
        String name = Operands.one(command, arguments);
        // One after the other: to find all takes a look into each jar.
        return ServiceLoader.load(ZooModel.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(m -> m.name().equals(name))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> names = all().stream().map(ZooModel::name).toList();
                    return new UserError("there is no model %s.%s The models are %s."
                            .formatted(name, Nearest.hint(name, names), String.join(", ", names)));
                });
    }
}
