"""Plain `.npz`: named arrays, never unpickled."""

from __future__ import annotations

import zipfile
from pathlib import Path

from fxcaps.importers.source import Source
from fxcaps.network.files import read_archive
from fxcaps.types import Reason, Rejection


def recognise(head: bytes, path: Path) -> bool:
    """A zip archive with `.npy` members."""
    return head.startswith(b"PK") and any(name.endswith(".npy") for name in members(path))


def members(path: Path) -> list[str]:
    """Names in a zip archive; none where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, ValueError, zipfile.BadZipFile):
        return []


def read(path: Path) -> Source:
    """Every array; rejects damage, pickles, and the file of a Network, which needs no import."""
    description, arrays = read_archive(path)
    if description is not None:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: has a description.json and is no plain .npz; a Network needs no import",
        )
    return Source(arrays)
