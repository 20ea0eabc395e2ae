"""SVHN's MATLAB files; scipy writes the small ones and may be absent for users."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.datasets.svhn import read_svhn
from tests.datasets.build import rejection, write

scipy_io = pytest.importorskip("scipy.io", reason="SVHN is read with scipy, an optional extra")

PIXELS = np.arange(32 * 32 * 3 * 4, dtype=np.uint32).astype(np.uint8).reshape(32, 32, 3, 4)
LABELS = np.array([[1], [9], [10], [2]], np.uint8)


def matlab(path: Path, pixels: NDArray[np.generic], labels: NDArray[np.generic]) -> Path:
    """A MATLAB 5 file with the two variables."""
    buffer = io.BytesIO()
    scipy_io.savemat(buffer, {"X": pixels, "y": labels}, do_compression=True)
    return write(path, buffer.getvalue())


def test_reads_images_first_and_ten_as_zero(tmp_path: Path) -> None:
    """Given four digits, one labelled 10; when read; then (N, 32, 32, 3) and digit 0."""
    images, labels = read_svhn(matlab(tmp_path / "t.mat", PIXELS, LABELS))
    np.testing.assert_array_equal(images, np.moveaxis(PIXELS, 3, 0), strict=True)
    np.testing.assert_array_equal(labels, np.array([1, 9, 0, 2], np.uint8), strict=True)
    assert images.flags.c_contiguous


def test_rejects_wrong_variables(tmp_path: Path) -> None:
    """Given variables of wrong type, shape or range; when read; then each is named."""
    path = tmp_path / "t.mat"
    matlab(path, PIXELS.astype(np.float64), LABELS)
    assert rejection(read_svhn, path) == (
        f"DATA_INVALID: {path}: expected X as uint8 (32, 32, 3, N), found float64 (32, 32, 3, 4)"
    )
    matlab(path, PIXELS, LABELS[:3])
    assert rejection(read_svhn, path) == (
        f"DATA_INVALID: {path}: expected y of shape (4, 1), found uint8 (3, 1)"
    )
    matlab(path, PIXELS, LABELS - 1)
    assert rejection(read_svhn, path) == (
        f"DATA_INVALID: {path}: expected labels from 1 to 10, found 0 to 9"
    )
    scipy_io.savemat(path, {"Z": PIXELS})
    assert rejection(read_svhn, path) == (
        f"DATA_INVALID: {path}: expected X as uint8 (32, 32, 3, N), found none"
    )


def test_rejects_other_files(tmp_path: Path) -> None:
    """Given a foreign, a truncated and an absent file; when read; then each is told apart."""
    path = write(tmp_path / "t.mat", b"MATLAB 7.3 MAT-file, an HDF5 file inside")
    assert rejection(read_svhn, path) == (
        f"FILE_FOREIGN: {path}: expected a file that starts with b'MATLAB 5.0 MAT-file', "
        "found b'MATLAB 7.3 MAT-file'"
    )
    whole = matlab(path, PIXELS, LABELS).read_bytes()
    write(path, whole[: len(whole) // 2])
    assert rejection(read_svhn, path).startswith(f"FILE_UNREADABLE: {path}: damaged MATLAB file: ")
    assert rejection(read_svhn, tmp_path / "absent") == (
        f"FILE_UNREADABLE: {tmp_path / 'absent'}: cannot be read: No such file or directory"
    )


def test_says_how_to_install_scipy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no scipy; when a good file is read; then the message says how to get it."""
    path = matlab(tmp_path / "t.mat", PIXELS, LABELS)
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    assert rejection(read_svhn, path) == (
        f"FILE_UNREADABLE: {path}: reading MATLAB files needs scipy; "
        'install it with: pip install "fxcaps[svhn]"'
    )
