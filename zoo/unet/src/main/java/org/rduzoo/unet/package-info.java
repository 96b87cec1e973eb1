/// U-Net: an encoder and a decoder of convolutions, joined at each scale, for images and volumes.
@NullMarked
package org.rduzoo.unet;

import org.jspecify.annotations.NullMarked;
