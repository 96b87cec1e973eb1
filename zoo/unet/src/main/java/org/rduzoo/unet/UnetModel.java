package org.rduzoo.unet;

import java.util.List;
import java.util.Optional;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Segmenter;

/// U-Net as the runner finds it.
public final class UnetModel implements ImageModel {

    @Override
    public String name() {
        return "unet";
    }

    @Override
    public String summary() {
        return "segmentation of images and volumes: U-Net in two and three dimensions";
    }

    @Override
    public Optional<DefaultCheckpoint> defaultCheckpoint() {
        return Optional.of(new EmbeddedCheckpoint("shapes", List.of("config.json", "model.safetensors")));
    }

    @Override
    public Segmenter build(Config config, Params params) {
        return Unet.of(UnetConfig.of(config), params);
    }

    @Override
    public ImageForm form(Config config) {
        UnetConfig c = UnetConfig.of(config);
        return new ImageForm(c.dim(), c.inChannels(), c.numClasses(), c.grain());
    }
}
