"""The digits and the model that come with the package."""

from __future__ import annotations

import hashlib
from importlib import resources
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fxcaps.datasets.files import Fingerprint
from fxcaps.types import Reason, Rejection

DIGITS = Fingerprint(
    "sha256:1b0653635e5067d15a6895de170434b5684bb5f7cece62f9c97a5b4274185966", 205_465
)
"""`fxcaps/embedded/digits.npz`, as `tools/embed_data.py` writes it."""

MODELS = {
    "mnist-small": Fingerprint(
        "sha256:9daa4b2c93811258be178b80d65ddf7eeac43126680d4e3f17cb467b2c5b396c", 552_569
    ),
}
"""Model name -> `fxcaps/embedded/<name>.npz`, as `tools/embed_model.py` writes it."""

SPLITS = ("calibration", "evaluation")
"""The splits of the embedded digits: 250 and 1,000 images."""


def digits(split: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Handwritten digits from the MNIST training images, without any other file.

    Args:
        split: `calibration` (250 images) or `evaluation` (1,000 images); they have no image in
            common, and none is among MNIST's test images.

    Returns images (N, 28, 28, 1) and labels (N,), both uint8; image i shows digit i % 10, so that
    every multiple of ten images from the start is balanced.
    Rejects other splits (`NAME_UNKNOWN`) and a package whose file is absent (`FILE_UNREADABLE`) or
    altered (`FILE_CORRUPT`).
    """
    if split not in SPLITS:
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"the embedded digits have no split {split!r}; known: {', '.join(SPLITS)}",
        )
    content = _verified(_embedded("digits.npz"), DIGITS)
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        return arrays[f"{split}_images"], arrays[f"{split}_labels"]


def model_path(name: str) -> Path:
    """The file of an embedded model, verified.

    Args:
        name: `mnist-small`, a Network file in float16, trained on MNIST without the images of
            which the embedded digits are a part.

    Rejects other names (`NAME_UNKNOWN`) and a package whose file is absent (`FILE_UNREADABLE`) or
    altered (`FILE_CORRUPT`).
    """
    if name not in MODELS:
        raise Rejection(
            Reason.NAME_UNKNOWN, f"no embedded model {name!r}; known: {', '.join(MODELS)}"
        )
    path = _embedded(f"{name}.npz")
    _verified(path, MODELS[name])
    return path


def _embedded(name: str) -> Path:
    return Path(str(resources.files("fxcaps") / "embedded" / name))


def _verified(path: Path, expected: Fingerprint) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Rejection(
            Reason.FILE_UNREADABLE, f"{path}: cannot be read: {error.strerror or error}"
        ) from error
    found = Fingerprint(f"sha256:{hashlib.sha256(content).hexdigest()}", len(content))
    if found != expected:
        raise Rejection(
            Reason.FILE_CORRUPT,
            f"{path}: expected {expected}, found {found}; reinstall fxcaps",
        )
    return content
