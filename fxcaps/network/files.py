"""Reading and writing files with care: nothing half-written, nothing unpickled, clear refusals."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.types import Reason, Rejection

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time stamp of every archive member, so that equal contents give equal files."""


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Give a path to write to that becomes `path`, file or directory, only on success.

    Rejects what cannot be written with `FILE_UNWRITABLE`; an interrupt leaves `path` as it was.
    """
    path = Path(path)
    if path.name in ("", ".."):
        raise Rejection(Reason.FILE_UNWRITABLE, f"{path}: does not name a file in a directory")
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    _remove(partial)  # of a killed process that had our number
    try:
        yield partial
        _replace(partial, path)
    except OSError as error:
        raise Rejection(Reason.FILE_UNWRITABLE, f"{path}: {error.strerror or error}") from None
    finally:
        _remove(partial)


def _replace(partial: Path, path: Path) -> None:
    if not path.is_dir():
        partial.replace(path)
        return
    if not partial.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    _remove(old)  # likewise
    path.replace(old)
    try:
        partial.replace(path)
    finally:  # an interrupt, too, leaves the new directory or the old one
        if path.exists():
            _remove(old)
        else:
            old.replace(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):  # what was never made cannot be removed
            path.unlink()


def make_directory(path: Path) -> None:
    """Make a directory that can be written to; rejects others with `FILE_UNWRITABLE`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with written_beside(path / ".writable") as partial:
            partial.touch()
        (path / ".writable").unlink()
    except OSError as error:
        raise Rejection(Reason.FILE_UNWRITABLE, f"{path}: {error.strerror or error}") from None


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    with written_beside(path) as partial:
        partial.write_text(text, encoding="utf-8")


def to_json(data: Any) -> str:
    """JSON for people and for diffs: one field a line, lists of numbers on one."""
    return _layout(data, 0) + "\n"


def _layout(data: Any, depth: int) -> str:
    pad, close = "  " * (depth + 1), "  " * depth
    flat = json.dumps(data)
    if not isinstance(data, dict | list) or len(flat) + 2 * depth <= 96:
        return flat
    if isinstance(data, list) and not any(isinstance(item, dict | list) for item in data):
        return flat
    if isinstance(data, list):
        items = [pad + _layout(item, depth + 1) for item in data]
        return "[\n" + ",\n".join(items) + f"\n{close}]"
    items = [f"{pad}{json.dumps(key)}: {_layout(item, depth + 1)}" for key, item in data.items()]
    return "{\n" + ",\n".join(items) + f"\n{close}}}"


def read_json(path: Path, kind: str, version: int) -> dict[str, Any]:
    """Read a JSON file that says what it is; rejects unreadable and foreign ones."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise Rejection(Reason.FILE_FOREIGN, f"{path}: not JSON ({error})") from None
    return check_kind(data, kind, version, str(path))


def check_kind(data: Any, kind: str, version: int, where: str) -> dict[str, Any]:
    """Reject JSON that is not of the kind and version expected."""
    if not isinstance(data, dict) or data.get("kind") != kind:
        found = data.get("kind") if isinstance(data, dict) else data
        raise Rejection(
            Reason.FILE_FOREIGN, f"{where}: expected kind {kind!r}, found {found!r:.60}"
        )
    if data.get("version") != version:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{where}: expected {kind} version {version}, found {data.get('version')!r:.60}",
        )
    return data


def field(data: Any, name: str, kind: type, where: str) -> Any:
    """A field of a JSON object, of a type; rejects others with `FILE_FOREIGN`."""
    if not isinstance(data, dict):
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: expected an object, found {data!r:.60}")
    if not isinstance(data.get(name), kind):
        found = "nothing" if name not in data else f"{data[name]!r:.60}"
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{where}: field {name!r} must be of type {kind.__name__}, found {found}",
        )
    return data[name]


def names(data: Any, name: str, where: str) -> tuple[str, ...]:
    """A field that lists names; rejects others with `FILE_FOREIGN`."""
    items = field(data, name, list, where)
    for item in items:
        if not isinstance(item, str):
            raise Rejection(
                Reason.FILE_FOREIGN, f"{where}: field {name!r} must list names, found {item!r:.60}"
            )
    return tuple(items)


def write_archive(path: Path, description: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write an `.npz` that also holds a JSON description; equal contents give equal bytes.

    Args:
        path: of the archive.
        description: written as the member `description.json`.
        arrays: by name, written as `.npy` members.
    """
    with written_beside(path) as partial, zipfile.ZipFile(partial, "w") as archive:
        _add(archive, "description.json", to_json(description).encode())
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            _add(archive, f"{name}.npy", buffer.getvalue())


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)


def read_archive(path: Path) -> tuple[Any, dict[str, NDArray[Any]]]:
    """Read an `.npz`: its JSON description, `None` if it has none, and its arrays.

    Rejects absent, truncated and foreign files, and arrays that would need unpickling.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            arrays = {
                name.removesuffix(".npy"): _array(archive.read(name), f"{path}: {name}")
                for name in names
                if name.endswith(".npy")
            }
            text = archive.read("description.json") if "description.json" in names else None
    except Rejection:
        raise
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    except Exception as error:  # zipfile and its decompressors meet damage with many types
        raise Rejection(
            Reason.FILE_FOREIGN, f"{path}: not a complete .npz archive ({error})"
        ) from error
    try:
        return (None if text is None else json.loads(text)), arrays
    except (ValueError, RecursionError) as error:
        raise Rejection(
            Reason.FILE_FOREIGN, f"{path}: description.json is not JSON ({error})"
        ) from None


def _array(data: bytes, where: str) -> NDArray[Any]:
    try:
        return np.asarray(np.lib.format.read_array(io.BytesIO(data), allow_pickle=False))
    except Exception as error:  # numpy's header parser meets damage with many types
        found = " ".join(str(error).split())
        raise Rejection(
            Reason.FILE_FOREIGN, f"{where}: not a plain .npy array ({found:.100})"
        ) from error


def read_array(path: Path) -> NDArray[Any]:
    """Read a `.npy` file; rejects absent, truncated and foreign ones and pickles."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    return _array(data, str(path))
