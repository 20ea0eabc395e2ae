"""safetensors: a header of names, types and places, then the bytes of the tensors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fxcaps.importers.source import Source, one_line, optional_module
from fxcaps.types import Reason, Rejection

_PREFIX = 8
"""Bytes of the header's length, before the header."""

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "i1",
    "U8": "u1",
    "BOOL": "?",
}


def recognise(head: bytes, _path: Path) -> bool:
    """A header's length, then an object of JSON."""
    return head[_PREFIX : _PREFIX + 1] == b"{" and not head.startswith(b"PK")


def read(path: Path) -> Source:
    """Every tensor; bfloat16 becomes float32, which holds it exactly.

    Rejects an absent package, damage, and types that NumPy does not have.
    """
    module = optional_module("safetensors", "safetensors", path, "safetensors files")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    try:
        found = module.deserialize(data)
    except Exception as error:  # its one error is no built-in's child, and memory may run out
        raise Rejection(
            Reason.FILE_FOREIGN, f"{path}: not a whole safetensors file ({one_line(error)})"
        ) from error
    arrays = {
        name: _array(entry["data"], entry["dtype"], entry["shape"], f"{path}: tensor {name!r}")
        for name, entry in found
    }
    return Source(arrays, _metadata(data))


def _array(data: bytes, dtype: str, shape: list[int], where: str) -> NDArray[np.generic]:
    if dtype == "BF16":
        words = np.frombuffer(data, "<u2").astype(np.uint32) << 16
        return words.view(np.float32).reshape(shape)
    if dtype not in _TYPES:
        known = ", ".join(["BF16", *_TYPES])
        raise Rejection(Reason.DATA_INVALID, f"{where}: type {dtype} is not among {known}")
    return np.frombuffer(data, _TYPES[dtype]).reshape(shape)


def _metadata(data: bytes) -> dict[str, str]:
    """Texts of the header, which the reader has validated."""
    size = int.from_bytes(data[:_PREFIX], "little")
    header = json.loads(data[_PREFIX : _PREFIX + size])
    return dict(header.get("__metadata__") or {})
