"""SVHN, format 2: cropped digits in MATLAB files."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.datasets.files import open_binary
from fxcaps.types import Reason, Rejection

_MAGIC = b"MATLAB 5.0 MAT-file"
_ZERO = 10  # MATLAB counts from 1, so the files label the digit 0 with 10


def read_svhn(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read `train_32x32.mat` or `test_32x32.mat`.

    scipy's decoder can crash the process on some damaged files: verify the checksum first, as
    `load` does.

    Returns images (N, 32, 32, 3) and labels (N,), both uint8; the files' label 10 becomes digit 0.
    Rejects a file that is not MATLAB 5 (`FILE_FOREIGN`), that cannot be decoded, or for which
    scipy is not installed (`FILE_UNREADABLE`), and variables `X` and `y` that are not uint8
    (32, 32, 3, N) and (N, 1) with labels from 1 to 10 (`DATA_INVALID`).
    """
    with open_binary(path, gunzip=False) as stream:
        magic = stream.read(len(_MAGIC))
    if magic != _MAGIC:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: expected a file that starts with {_MAGIC!r}, found {magic!r}",
        )
    variables = _read_matlab(path)
    return _decode(variables.get("X"), variables.get("y"), path)


def _read_matlab(path: Path) -> dict[str, Any]:
    try:
        reader = importlib.import_module("scipy.io")
    except ImportError as error:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{path}: reading MATLAB files needs scipy; "
            'install it with: pip install "fxcaps[svhn]"',
        ) from error
    try:
        variables: dict[str, Any] = reader.loadmat(path, variable_names=["X", "y"])
    except Exception as error:  # scipy meets damage with a dozen types, from TypeError to zlib's
        raise Rejection(
            Reason.FILE_UNREADABLE, f"{path}: damaged MATLAB file: {type(error).__name__}"
        ) from error
    return variables


def _decode(
    images: object, labels: object, path: Path
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    if not (
        isinstance(images, np.ndarray)
        and images.dtype == np.uint8
        and images.ndim == 4
        and images.shape[:3] == (32, 32, 3)
        and images.shape[3] > 0
    ):
        raise Rejection(
            Reason.DATA_INVALID,
            f"{path}: expected X as uint8 (32, 32, 3, N), found {_name(images)}",
        )
    count = images.shape[3]
    if not (isinstance(labels, np.ndarray) and labels.shape == (count, 1)):
        raise Rejection(
            Reason.DATA_INVALID, f"{path}: expected y of shape ({count}, 1), found {_name(labels)}"
        )
    if not np.isin(labels, range(1, _ZERO + 1)).all():
        raise Rejection(
            Reason.DATA_INVALID,
            f"{path}: expected labels from 1 to {_ZERO}, found {labels.min()} to {labels.max()}",
        )
    digits = (labels[:, 0] % _ZERO).astype(np.uint8)
    return np.ascontiguousarray(images.transpose(3, 0, 1, 2)), digits


def _name(value: object) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else "none"
