"""Small files in the formats under test, good and bad."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.datasets.files import Fingerprint
from fxcaps.types import Rejection


def rejection(call: Callable[..., object], *args: object, **options: object) -> str:
    """The whole text of the rejection that a call ends in: reason and message."""
    with pytest.raises(Rejection) as caught:
        call(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def idx_bytes(array: NDArray[np.uint8], *, kind: int = 8) -> bytes:
    """An IDX file of these values, its type byte free to lie."""
    extents = b"".join(extent.to_bytes(4, "big") for extent in array.shape)
    return bytes([0, 0, kind, array.ndim]) + extents + array.tobytes()


def some_images(count: int = 3, side: int = 4) -> NDArray[np.uint8]:
    """Images (N, side, side) in which no two pixels of the first 256 agree."""
    return np.arange(count * side * side, dtype=np.uint8).reshape(count, side, side)


def write(path: Path, content: bytes, *, packed: bool = False) -> Path:
    """Write a file, gzip if `packed`, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return path


def print_of(content: bytes, algorithm: str = "sha256") -> Fingerprint:
    """Checksum and size of some bytes."""
    digest = hashlib.new(algorithm, content).hexdigest()
    return Fingerprint(f"{algorithm}:{digest}", len(content))


def npy_bytes(array: NDArray[Any], *, allow_pickle: bool = False) -> bytes:
    """A .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=allow_pickle)
    return buffer.getvalue()


def npz_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """A compressed .npz archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", npy_bytes(array))
    return buffer.getvalue()


def cifar_bytes(labels: list[int]) -> bytes:
    """CIFAR-10 records: pixel (h, w, c) of record n is n + 10 h + 20 w + 30 c modulo 256."""
    n, c, h, w = np.ogrid[: len(labels), :3, :32, :32]
    planes = (n + 30 * c + 10 * h + 20 * w).astype(np.uint8).reshape(len(labels), -1)
    return np.hstack([np.array(labels, np.uint8)[:, np.newaxis], planes]).tobytes()


def tar_bytes(members: Mapping[str, bytes]) -> bytes:
    """A .tar.gz archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
