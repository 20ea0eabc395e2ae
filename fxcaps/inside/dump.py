"""What is compared: arrays by tensor name, from traces, archives and folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network.files import check_kind, field, read_archive, read_array
from fxcaps.network.trace import KIND, VERSION
from fxcaps.types import Format, Reason, Rejection, Shape, Signature

_WORD_BITS = 63
"""Magnitude bits of the widest container."""


@dataclass(frozen=True)
class Dump:
    """Arrays with the place they come from.

    Args:
        place: the path, for messages.
        arrays: by tensor name, as they stand in the file.
        signatures: shape and format by tensor name where the file is a trace; empty otherwise.
        digest: of the Program that made a trace; None otherwise.
    """

    place: str
    arrays: Mapping[str, NDArray[Any]]
    signatures: Mapping[str, Signature]
    digest: str | None


def read_dump(path: Path) -> Dump:
    """Read a trace, any `.npz`, or a folder of `.npy` files, named by tensor.

    Rejects absent, damaged and foreign files, and what holds no arrays (`FILE_FOREIGN`).
    """
    place = str(path)
    description: Any = None
    if path.is_dir():
        arrays = {found.stem: read_array(found) for found in sorted(path.glob("*.npy"))}
    else:
        description, arrays = read_archive(path)
    if not arrays:
        raise Rejection(Reason.FILE_FOREIGN, f"{place}: holds no arrays (name.npy, name a tensor)")
    if description is None:
        return Dump(place, arrays, {}, None)
    data = check_kind(description, KIND, VERSION, place)
    table = field(data, "tensors", dict, place)
    digest = field(data, "program_digest", str, place)
    signatures = {name: _signature(line, name, place) for name, line in table.items()}
    for name in signatures.keys() ^ arrays.keys():
        what = "an array" if name in signatures else "a description"
        raise Rejection(Reason.FILE_FOREIGN, f"{place}: tensor {name!r} has not {what}")
    return Dump(place, {name: arrays[name] for name in signatures}, signatures, digest)


def _signature(line: Any, name: str, place: str) -> Signature:
    where = f"{place}: tensor {name!r}"
    shape = field(line, "shape", list, where)
    if not all(type(extent) is int and extent >= 0 for extent in shape):
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: shape is {shape!r:.60}")
    try:
        return Signature(tuple(shape), Format.parse(field(line, "format", str, where)))
    except Rejection as rejection:
        raise rejection.within(where) from None


def words_of(
    array: NDArray[Any], signature: Signature, where: str, *, values: bool
) -> NDArray[np.int64]:
    """The words `(images, *shape)` of an array; one image may come without its axis.

    Args:
        array: words of any integer type, or values.
        signature: shape of one image and format.
        where: the place, for messages.
        values: the numbers are values on the grid of the format, not words.

    Rejects other shapes (`SHAPE_MISMATCH`), floats that are not announced as values, values off
    the grid, and what no word can be (`DATA_INVALID`).
    """
    array = _with_images(array, signature.shape, where)
    if array.dtype.kind == "f":
        if not values:
            raise Rejection(
                Reason.DATA_INVALID,
                f"{where}: words are integers, found {array.dtype} (values need --values)",
            )
        return _from_floats(array, signature.format, where)
    if array.dtype.kind not in "iu":
        raise Rejection(Reason.DATA_INVALID, f"{where}: expected numbers, found {array.dtype}")
    limit = (1 << _WORD_BITS) - 1
    if array.size and int(array.max()) > limit:
        raise Rejection(
            Reason.DATA_INVALID, f"{where}: {int(array.max())} is beyond every word of 64 bits"
        )
    words = array.astype(np.int64)
    return _from_integers(words, signature.format, where) if values else words


def _with_images(array: NDArray[Any], shape: Shape, where: str) -> NDArray[Any]:
    if array.ndim == len(shape) + 1 and array.shape[1:] == shape:
        return array
    if array.shape == shape:
        return array[np.newaxis]
    expected = ", ".join(("images", *map(str, shape)))
    raise Rejection(
        Reason.SHAPE_MISMATCH, f"{where}: expected shape ({expected}), found {array.shape}"
    )


def _from_floats(array: NDArray[Any], format: Format, where: str) -> NDArray[np.int64]:
    numbers = array.astype(np.float64)  # exact for every float of at most 64 bits
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        words = np.ldexp(numbers, format.frac)
        good = (words == np.rint(words)) & (np.abs(words) < 2.0**_WORD_BITS)
        good &= np.ldexp(words, -format.frac) == numbers  # nothing vanished below the exponents
    if array.dtype.itemsize > numbers.itemsize:
        good &= numbers == array
    _expect_on_grid(array, good, format, where)
    return words.astype(np.int64)


def _from_integers(array: NDArray[np.int64], format: Format, where: str) -> NDArray[np.int64]:
    if format.frac < 0:
        step = 1 << min(-format.frac, _WORD_BITS - 1)
        _expect_on_grid(array, array % step == 0, format, where)
        return array // step
    top = ((1 << _WORD_BITS) - 1) >> min(format.frac, _WORD_BITS)
    _expect_on_grid(array, (array >= -top) & (array <= top), format, where)
    return array << min(format.frac, _WORD_BITS)


def _expect_on_grid(
    array: NDArray[Any], good: NDArray[np.bool_], format: Format, where: str
) -> None:
    if not good.all():
        index = tuple(int(i) for i in np.argwhere(~good)[0])
        raise Rejection(
            Reason.DATA_INVALID,
            f"{where}: {array[index]} of image {index[0]} at {index[1:]} is no value of a word "
            f"with the step of {format}, {float(format.step):g}",
        )
