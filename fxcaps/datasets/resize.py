"""Images of twice the extent, as DeepCaps reads CIFAR-10 and SVHN."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fxcaps.types import Reason, Rejection


def doubled(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Double rows and columns by bilinear interpolation in integers: 32x32 becomes 64x64.

    Every new pixel lies a quarter of the way from its own old pixel to the next one over, and is
    `(3 * own + next + 2) >> 2`, columns first, then rows of the rounded result; beyond the border
    the own pixel stands for the next. This is, byte for byte, what Pillow's `BILINEAR` makes of it,
    which the codes of Q-CapsNets (torchvision's `Resize`) and of DeepCaps' authors (SciPy's
    `imresize`) call. SciPy besides stretches each image that comes as floats, as theirs do, so
    that its darkest byte becomes 0 and its brightest 255; that is not done here.

    Args:
        images: `(N, H, W, C)`, unsigned bytes.

    Rejects other types and ranks with `DATA_INVALID`.
    """
    if images.dtype != np.uint8 or images.ndim != 4:
        raise Rejection(
            Reason.DATA_INVALID,
            f"images to double are unsigned bytes (N, H, W, C), found {images.dtype} "
            f"{images.shape}",
        )
    return _doubled(_doubled(images, 2), 1)


def _doubled(images: NDArray[np.uint8], axis: int) -> NDArray[np.uint8]:
    own = images.astype(np.uint16)
    count = images.shape[axis]
    before = np.take(own, np.maximum(np.arange(count) - 1, 0), axis)
    after = np.take(own, np.minimum(np.arange(count) + 1, count - 1), axis)
    pair = np.stack([3 * own + before, 3 * own + after], axis=axis + 1)
    shape = (*images.shape[:axis], 2 * count, *images.shape[axis + 1 :])
    made: NDArray[np.uint8] = ((pair + 2) >> 2).astype(np.uint8).reshape(shape)
    return made
