package org.rduzoo.unet;

import org.rduzoo.testkit.ImageContract;

/// U-Net in two and three dimensions, with each of its losses, keeps the contract of image models.
final class UnetTest extends ImageContract {

    UnetTest() {
        super(new UnetModel(), "unet2d", "unet2d-bce", "unet2d-dice", "unet3d");
    }
}
