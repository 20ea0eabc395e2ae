"""What goes into a Network or a Program: images whose pixels are words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from fxcaps.network.program import check_range
from fxcaps.types import Reason, Rejection, Signature


def check_images(images: NDArray[Any], inputs: Mapping[str, Signature], reader: str) -> None:
    """Reject what is not at least one image of words.

    Args:
        images: `(N, *shape)` integers.
        inputs: shapes and formats of the reader's inputs; there must be one.
        reader: name of the Network or Program.

    Rejects another number of inputs (`PORT_MISMATCH`), floats and no images (`DATA_INVALID`),
    other shapes (`SHAPE_MISMATCH`) and values outside the format (`WORD_OUT_OF_RANGE`).
    """
    if len(inputs) != 1:
        raise Rejection(
            Reason.PORT_MISMATCH, f"{reader} has {len(inputs)} inputs, images are for one"
        )
    (name, (shape, format)) = next(iter(inputs.items()))
    where = f"images for {name!r}"
    if images.dtype.kind not in "iu":
        raise Rejection(
            Reason.DATA_INVALID,
            f"{where}: expected integers of format {format}, found {images.dtype}",
        )
    if images.shape[1:] != shape or images.ndim != len(shape) + 1:
        raise Rejection(
            Reason.SHAPE_MISMATCH,
            f"{where}: expected shape (N, {', '.join(map(str, shape))}), found {images.shape}",
        )
    if len(images) == 0:
        raise Rejection(Reason.DATA_INVALID, f"{where}: there are none")
    check_range(images, format, where)
