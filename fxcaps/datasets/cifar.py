"""CIFAR-10, binary edition: loose batch files, or the archive as it is downloaded."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fxcaps.datasets.files import open_binary
from fxcaps.types import Reason, Rejection

ARCHIVE_FOLDER = "cifar-10-batches-bin"

_SIDE = 32
_CHANNELS = 3
_CLASSES = 10
_RECORD = 1 + _CHANNELS * _SIDE * _SIDE  # a label byte, then one plane a channel: 3073


def read_cifar_batch(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read one batch file of the binary edition.

    Returns images (N, 32, 32, 3) and labels (N,), both uint8.
    Rejects an absent file and one that is not whole records of 3073 bytes (`FILE_UNREADABLE`), and
    labels above 9 (`DATA_INVALID`).
    """
    with open_binary(path, gunzip=False) as stream:
        return _decode(stream.read(), str(path))


def read_cifar_archive(
    path: Path, batches: Sequence[str]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read batch files from `cifar-10-binary.tar.gz` without unpacking it.

    Args:
        path: the archive.
        batches: file names without the archive's folder, in the order wanted.

    Returns the images (N, 32, 32, 3) and labels (N,) of all batches, both uint8.
    Rejects an archive that is none or lacks a batch (`FILE_FOREIGN`), one that is truncated
    (`FILE_UNREADABLE`), and what `read_cifar_batch` rejects.
    """
    parts = []
    with open_binary(path, gunzip=False) as stream:
        try:
            with tarfile.open(fileobj=stream, mode="r:gz") as archive:
                for batch in batches:
                    member = archive.extractfile(f"{ARCHIVE_FOLDER}/{batch}")
                    content = member.read() if member else b""
                    parts.append(_decode(content, f"{path}:{batch}"))
        except KeyError as error:
            raise Rejection(
                Reason.FILE_FOREIGN, f"{path}: holds no {ARCHIVE_FOLDER}/{batch}"
            ) from error
        except tarfile.ReadError as error:
            raise Rejection(
                Reason.FILE_FOREIGN, f"{path}: expected a .tar.gz archive: {error}"
            ) from error
    return join_batches(parts)


def join_batches(
    parts: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Put batches end to end."""
    images = np.concatenate([part[0] for part in parts])
    return images, np.concatenate([part[1] for part in parts])


def _decode(content: bytes, place: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    if not content or len(content) % _RECORD:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{place}: expected one or more records of {_RECORD} bytes, found {len(content)} bytes",
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    labels = records[:, 0].copy()
    if labels.max() >= _CLASSES:
        index = int(np.argmax(labels >= _CLASSES))
        raise Rejection(
            Reason.DATA_INVALID,
            f"{place}: expected labels from 0 to {_CLASSES - 1}, "
            f"found {labels[index]} in record {index}",
        )
    planes = records[:, 1:].reshape(-1, _CHANNELS, _SIDE, _SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels
