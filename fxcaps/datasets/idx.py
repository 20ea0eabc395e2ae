"""IDX files, the format of MNIST and Fashion-MNIST."""

from __future__ import annotations

import math
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from fxcaps.datasets.files import open_binary, read_up_to
from fxcaps.types import Reason, Rejection, Shape

IDX_MAGIC = b"\x00\x00"

_UINT8 = 0x08
_TYPES = {
    _UINT8: "uint8",
    0x09: "int8",
    0x0B: "int16",
    0x0C: "int32",
    0x0D: "float32",
    0x0E: "float64",
}


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, plain or gzip.

    The format: two zero bytes, a type byte (8: uint8), a byte with the number of dimensions, each
    extent as a big-endian 32-bit integer, then the values in C order.

    Returns an array of the stated shape.
    Rejects: a file that does not start this way or goes on after its values (`FILE_FOREIGN`),
    other types and empty shapes (`DATA_INVALID`), and truncated files (`FILE_UNREADABLE`).
    """
    with open_binary(path) as stream:
        shape = _read_shape(stream, path)
        size = math.prod(shape)
        body = read_up_to(stream, size + 1)
    if len(body) < size:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{path}: truncated: shape {shape} needs {size} bytes after the header, "
            f"found {len(body)}",
        )
    if len(body) > size:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: expected the file to end after the {size} bytes of shape {shape}, found more",
        )
    return np.frombuffer(body, np.uint8).reshape(shape).copy()


def _read_shape(stream: IO[bytes], path: Path) -> Shape:
    magic = read_up_to(stream, 4)
    if magic[:2] != IDX_MAGIC[: len(magic)]:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: expected IDX, which starts with bytes 0000, found {magic[:2].hex()}",
        )
    if len(magic) < 4:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{path}: truncated: IDX starts with 4 bytes, found {len(magic)}",
        )
    kind, rank = magic[2], magic[3]
    if kind not in _TYPES or rank == 0:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: expected an IDX type from 08 to 0e and 1 or more dimensions, "
            f"found type {kind:02x} and {rank} dimensions",
        )
    if kind != _UINT8:
        raise Rejection(Reason.DATA_INVALID, f"{path}: expected uint8, found {_TYPES[kind]}")
    extents = read_up_to(stream, 4 * rank)
    if len(extents) < 4 * rank:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{path}: truncated: {rank} extents need {4 * rank} bytes, found {len(extents)}",
        )
    shape = tuple(int(extent) for extent in np.frombuffer(extents, ">u4"))
    if 0 in shape:
        raise Rejection(Reason.DATA_INVALID, f"{path}: empty: shape {shape}")
    return shape
