"""Arrays from .npy, .npz and IDX files, without ever unpickling."""

from __future__ import annotations

import math
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.datasets.files import GZIP_MAGIC, open_binary, read_up_to
from fxcaps.datasets.idx import IDX_MAGIC, read_idx
from fxcaps.types import Reason, Rejection

_NPY_MAGIC = b"\x93NUMPY"
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")  # the second starts an archive without members
_MEMBER = re.compile(r"(.+\.npz):([^:/\\]+)")


def read_array(source: str | Path) -> NDArray[Any]:
    """Read one array of numbers.

    Args:
        source: a .npy file, an .npz file with one array, `file.npz:member`, or an IDX file, plain
            or gzip; content decides, not the name's ending.

    Rejects absent, truncated and damaged files (`FILE_UNREADABLE`, `FILE_CORRUPT`), other kinds of
    files (`FILE_FOREIGN`), a member that does not exist or is not named where there are several
    (`NAME_UNKNOWN`), and arrays that do not hold numbers (`DATA_INVALID`).
    """
    path, member = _split(str(source))
    with open_binary(path, gunzip=False) as stream:
        magic = stream.read(len(_NPY_MAGIC))
        stream.seek(0)
        if magic[:4] in _ZIP_MAGICS:
            return _read_npz(stream, path, member)
        if magic == _NPY_MAGIC and member is None:
            return _read_npy(stream, str(path))
    if magic[:2] in (GZIP_MAGIC, IDX_MAGIC) and member is None:
        return read_idx(path)
    if not magic:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: the file is empty")
    raise Rejection(
        Reason.FILE_FOREIGN,
        f"{path}: expected {'.npz' if member else '.npy, .npz or IDX'}, "
        f"found a file that starts with bytes {magic.hex()}",
    )


def _split(source: str) -> tuple[Path, str | None]:
    found = _MEMBER.fullmatch(source)
    if found is None or Path(source).exists():
        return Path(source), None
    return Path(found[1]), found[2]


def _read_npz(stream: IO[bytes], path: Path, member: str | None) -> NDArray[Any]:
    try:
        with zipfile.ZipFile(stream) as archive:
            name = _choose(archive, path, member)
            with archive.open(f"{name}.npy") as part:
                return _read_npy(part, f"{path}:{name}")
    except zipfile.BadZipFile as error:
        if str(error).startswith("Bad CRC"):
            raise Rejection(Reason.FILE_CORRUPT, f"{path}: {error}") from error
        raise Rejection(
            Reason.FILE_UNREADABLE, f"{path}: truncated or damaged zip archive"
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise Rejection(
            Reason.FILE_FOREIGN, f"{path}: the archive is encrypted or compressed in a foreign way"
        ) from error


def _choose(archive: zipfile.ZipFile, path: Path, member: str | None) -> str:
    names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    if not names:
        raise Rejection(Reason.FILE_FOREIGN, f"{path}: the archive holds no arrays")
    if member is None and len(names) > 1:
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"{path}: holds {len(names)} arrays ({', '.join(names)}); "
            f"name one, as in {path.name}:{names[0]}",
        )
    if member is not None and member not in names:
        raise Rejection(
            Reason.NAME_UNKNOWN, f"{path}: holds no array {member!r}; known: {', '.join(names)}"
        )
    return member or names[0]


def _read_npy(stream: IO[bytes], place: str) -> NDArray[Any]:
    shape, fortran, dtype = _read_npy_header(stream, place)
    if dtype.kind not in "biuf":
        raise Rejection(Reason.DATA_INVALID, f"{place}: expected numbers, found {dtype}")
    size = math.prod(shape) * dtype.itemsize
    body = read_up_to(stream, size + 1)
    if len(body) < size:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{place}: truncated: {dtype} {shape} needs {size} bytes after the header, "
            f"found {len(body)}",
        )
    if len(body) > size:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{place}: expected the array to end after the {size} bytes of {dtype} {shape}, "
            "found more",
        )
    flat: NDArray[Any] = np.frombuffer(body, dtype) if size else np.zeros(0, dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _read_npy_header(stream: IO[bytes], place: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            header = np.lib.format.read_array_header_1_0(stream)
        else:
            header = np.lib.format.read_array_header_2_0(stream)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
        raise
    except Exception as error:  # numpy's header parser meets damage with many types
        raise Rejection(
            Reason.FILE_UNREADABLE, f"{place}: truncated or damaged .npy header"
        ) from error
    if any(extent < 0 for extent in header[0]):
        raise Rejection(Reason.FILE_UNREADABLE, f"{place}: damaged .npy header: shape {header[0]}")
    return header
