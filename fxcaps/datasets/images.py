"""Images and labels that a user names on a command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fxcaps.datasets.arrays import read_array
from fxcaps.types import Reason, Rejection

_BRIGHTEST = 255
_HIGHEST_LABEL = 2**63 - 1  # what int64 holds


def read_images(source: str | Path) -> NDArray[np.uint8]:
    """Read images of unsigned bytes.

    Args:
        source: a .npy file, an .npz file with one array, `file.npz:member`, or an IDX file, plain
            or gzip; shape (N, H, W) or (N, H, W, C), integers from 0 to 255 of any width.

    Returns uint8 (N, H, W, C); C is 1 where the file has no such axis.
    Rejects floats, other values, other ranks and empty sets (`DATA_INVALID`), and what `read_array`
    rejects.
    """
    array = read_array(source)
    if array.dtype.kind not in "iu":
        raise Rejection(
            Reason.DATA_INVALID,
            f"{source}: pixels are integers from 0 to {_BRIGHTEST}, found {array.dtype}",
        )
    if array.ndim not in (3, 4):
        raise Rejection(
            Reason.DATA_INVALID,
            f"{source}: images have shape (N, H, W) or (N, H, W, C), found {array.shape}",
        )
    if array.size == 0:
        raise Rejection(Reason.DATA_INVALID, f"{source}: no images: shape {array.shape}")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > _BRIGHTEST:
        raise Rejection(
            Reason.DATA_INVALID,
            f"{source}: pixels are integers from 0 to {_BRIGHTEST}, found {low} to {high}",
        )
    images = array if array.ndim == 4 else array[..., np.newaxis]
    return np.array(images, np.uint8, order="C")


def read_labels(source: str | Path) -> NDArray[np.int64]:
    """Read class numbers.

    Args:
        source: as for `read_images`; shape (N,), integers of any width.

    Returns int64 (N,).
    Rejects floats, negative labels, other ranks and empty sets (`DATA_INVALID`), and what
    `read_array` rejects.
    """
    array = read_array(source)
    if array.dtype.kind not in "iu":
        raise Rejection(Reason.DATA_INVALID, f"{source}: labels are integers, found {array.dtype}")
    if array.ndim != 1:
        raise Rejection(
            Reason.DATA_INVALID, f"{source}: labels have shape (N,), found {array.shape}"
        )
    if array.size == 0:
        raise Rejection(Reason.DATA_INVALID, f"{source}: no labels: shape {array.shape}")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > _HIGHEST_LABEL:
        raise Rejection(
            Reason.DATA_INVALID,
            f"{source}: labels are integers from 0 to {_HIGHEST_LABEL}, found {low} to {high}",
        )
    return np.array(array, np.int64)
