"""Images and labels that a user names: .npy, .npz and IDX."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.datasets import read_images, read_labels
from tests.datasets.build import idx_bytes, npy_bytes, npz_bytes, rejection, some_images, write

IMAGES = some_images()
WITH_CHANNEL = IMAGES[..., np.newaxis]
LABELS = np.array([7, 0, 3], np.uint8)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", npy_bytes(IMAGES)),
        ("a.npy", npy_bytes(WITH_CHANNEL)),
        ("a.npy", npy_bytes(np.asfortranarray(WITH_CHANNEL))),
        ("a.npy", npy_bytes(IMAGES.astype(">i4"))),
        ("a.npz", npz_bytes({"anything": IMAGES})),
        ("a-idx3-ubyte", idx_bytes(IMAGES)),
    ],
)
def test_reads_images_in_every_format(tmp_path: Path, name: str, content: bytes) -> None:
    """Given the same images in each format; when read; then uint8 (N, H, W, C) in C order."""
    found = read_images(str(write(tmp_path / name, content)))
    np.testing.assert_array_equal(found, WITH_CHANNEL, strict=True)
    assert found.flags.c_contiguous
    assert found.flags.writeable


def test_reads_gzip_idx_and_colour(tmp_path: Path) -> None:
    """Given a gzip IDX file and a colour array; when read; then channels are kept."""
    packed = write(tmp_path / "a.gz", idx_bytes(IMAGES), packed=True)
    np.testing.assert_array_equal(read_images(packed), WITH_CHANNEL, strict=True)
    colour = IMAGES.reshape(2, 2, 4, 3)
    path = write(tmp_path / "colour.npy", npy_bytes(colour))
    np.testing.assert_array_equal(read_images(path), colour, strict=True)


def test_reads_a_named_member(tmp_path: Path) -> None:
    """Given an archive of two arrays; when one is named; then that one is read."""
    path = write(tmp_path / "a.npz", npz_bytes({"x": IMAGES, "y": LABELS}))
    np.testing.assert_array_equal(read_images(f"{path}:x"), WITH_CHANNEL, strict=True)
    found = read_labels(f"{path}:y")
    np.testing.assert_array_equal(found, np.array([7, 0, 3], np.int64), strict=True)


def test_a_file_may_have_a_colon_in_its_name(tmp_path: Path) -> None:
    """Given a file named like a member; when read; then the file itself is meant."""
    path = write(tmp_path / "a.npz:x", npy_bytes(IMAGES))
    np.testing.assert_array_equal(read_images(path), WITH_CHANNEL, strict=True)


def test_reads_labels_from_idx(tmp_path: Path) -> None:
    """Given IDX labels; when read; then int64 (N,)."""
    path = write(tmp_path / "l-idx1-ubyte.gz", idx_bytes(LABELS), packed=True)
    np.testing.assert_array_equal(read_labels(path), np.array([7, 0, 3], np.int64), strict=True)


PIXEL_RANGE = "DATA_INVALID: {}: pixels are integers from 0 to 255, found"
RANKS = "DATA_INVALID: {}: images have shape (N, H, W) or (N, H, W, C), found"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (IMAGES / np.float32(255), f"{PIXEL_RANGE} float32"),
        (IMAGES > 1, f"{PIXEL_RANGE} bool"),
        (IMAGES.astype(np.int16) - 1, f"{PIXEL_RANGE} -1 to 46"),
        (IMAGES.astype(np.int64) + 300, f"{PIXEL_RANGE} 300 to 347"),
        (IMAGES[0], f"{RANKS} (4, 4)"),
        (IMAGES[np.newaxis, np.newaxis], f"{RANKS} (1, 1, 3, 4, 4)"),
        (np.uint8(3), f"{RANKS} ()"),
        (IMAGES[:0], "DATA_INVALID: {}: no images: shape (0, 4, 4)"),
        (IMAGES.astype("S1"), "DATA_INVALID: {}: expected numbers, found |S1"),
        (IMAGES.astype(complex), "DATA_INVALID: {}: expected numbers, found complex128"),
    ],
)
def test_rejects_arrays_that_are_not_images(
    tmp_path: Path, array: NDArray[Any], message: str
) -> None:
    """Given an array of wrong type, range or rank; when read; then the message says which."""
    path = write(tmp_path / "a.npy", npy_bytes(np.asarray(array)))
    assert rejection(read_images, path) == message.format(path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (LABELS.astype(float), "DATA_INVALID: {}: labels are integers, found float64"),
        (LABELS > 1, "DATA_INVALID: {}: labels are integers, found bool"),
        (LABELS[:, np.newaxis], "DATA_INVALID: {}: labels have shape (N,), found (3, 1)"),
        (LABELS[:0], "DATA_INVALID: {}: no labels: shape (0,)"),
        (
            LABELS.astype(np.int8) - 1,
            "DATA_INVALID: {}: labels are integers from 0 to 9223372036854775807, found -1 to 6",
        ),
        (
            np.array([2**63], np.uint64),
            (
                "DATA_INVALID: {}: labels are integers from 0 to 9223372036854775807, "
                "found 9223372036854775808 to 9223372036854775808"
            ),
        ),
    ],
)
def test_rejects_arrays_that_are_not_labels(
    tmp_path: Path, array: NDArray[Any], message: str
) -> None:
    """Given an array of wrong type, range or rank; when read; then the message says which."""
    path = write(tmp_path / "a.npy", npy_bytes(array))
    assert rejection(read_labels, path) == message.format(path)


def test_never_unpickles(tmp_path: Path) -> None:
    """Given an array of objects; when read; then it is rejected before its pickle is looked at."""
    objects = np.array([[["a"]]], dtype=object)
    content = npy_bytes(objects, allow_pickle=True)
    path = write(tmp_path / "a.npy", content)
    assert rejection(read_images, path) == f"DATA_INVALID: {path}: expected numbers, found object"


GOOD = npy_bytes(IMAGES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "FILE_UNREADABLE: {}: the file is empty"),
        (
            b"\x89PNG\r\n\x1a\n",
            (
                "FILE_FOREIGN: {}: expected .npy, .npz or IDX, found a file that starts with bytes "
                "89504e470d0a"
            ),
        ),
        (
            GOOD[:-1],
            (
                "FILE_UNREADABLE: {}: truncated: uint8 (3, 4, 4) needs 48 bytes after the header, "
                "found 47"
            ),
        ),
        (
            GOOD + b"x",
            (
                "FILE_FOREIGN: {}: expected the array to end after the 48 bytes of uint8 "
                "(3, 4, 4), found more"
            ),
        ),
        (GOOD[:30], "FILE_UNREADABLE: {}: truncated or damaged .npy header"),
        (
            GOOD.replace(b"'shape'", b"'shame'"),
            "FILE_UNREADABLE: {}: truncated or damaged .npy header",
        ),
        (
            GOOD.replace(b"(3, 4, 4)", b"(3,-4,-4)"),
            "FILE_UNREADABLE: {}: damaged .npy header: shape (3, -4, -4)",
        ),
        (
            GOOD.replace(b"(3, 4, 4), }" + b" " * 11, b"(1000000000,1000000), }"),
            (
                "FILE_UNREADABLE: {}: truncated: uint8 (1000000000, 1000000) needs "
                "1000000000000000 bytes after the header, found 48"
            ),
        ),
        (
            b"\x93NUMPY\x09\x00" + GOOD[8:],
            "FILE_UNREADABLE: {}: truncated or damaged .npy header",
        ),
    ],
)
def test_rejects_bad_npy_files(tmp_path: Path, content: bytes, message: str) -> None:
    """Given a bad file; when read; then one line says what, where, expected and found."""
    path = write(tmp_path / "a.npy", content)
    assert rejection(read_images, path) == message.format(path)


def test_rejects_members_that_are_not_clear(tmp_path: Path) -> None:
    """Given archives with several, no or other arrays; when read; then the names are listed."""
    path = write(tmp_path / "a.npz", npz_bytes({"x": IMAGES, "y": LABELS}))
    assert rejection(read_images, path) == (
        f"NAME_UNKNOWN: {path}: holds 2 arrays (x, y); name one, as in a.npz:x"
    )
    assert rejection(read_images, f"{path}:z") == (
        f"NAME_UNKNOWN: {path}: holds no array 'z'; known: x, y"
    )
    assert rejection(read_images, f"{path}:y") == (
        f"DATA_INVALID: {path}:y: images have shape (N, H, W) or (N, H, W, C), found (3,)"
    )
    write(path, npz_bytes({}))
    assert rejection(read_images, path) == f"FILE_FOREIGN: {path}: the archive holds no arrays"
    write(path, GOOD)
    assert rejection(read_images, f"{path}:x") == (
        f"FILE_FOREIGN: {path}: expected .npz, found a file that starts with bytes 934e554d5059"
    )


def test_rejects_damaged_archives(tmp_path: Path) -> None:
    """Given an archive cut short, or with a flipped byte; when read; then it is told apart."""
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("x.npy", GOOD)
    whole = path.read_bytes()
    write(path, whole[:-30])
    assert rejection(read_images, path) == (
        f"FILE_UNREADABLE: {path}: truncated or damaged zip archive"
    )
    flipped = bytearray(whole)
    flipped[whole.index(IMAGES.tobytes())] ^= 1
    write(path, bytes(flipped))
    assert rejection(read_images, path) == f"FILE_CORRUPT: {path}: Bad CRC-32 for file 'x.npy'"
    encrypted = bytearray(whole)
    encrypted[6] |= 1
    encrypted[whole.index(b"PK\x01\x02") + 8] |= 1
    write(path, bytes(encrypted))
    assert rejection(read_images, path) == (
        f"FILE_FOREIGN: {path}: the archive is encrypted or compressed in a foreign way"
    )


def test_rejects_absent_files_and_folders(tmp_path: Path) -> None:
    """Given no file, or a folder; when read; then the system's reason is passed on."""
    path = tmp_path / "absent.npy"
    assert rejection(read_images, path) == (
        f"FILE_UNREADABLE: {path}: cannot be read: No such file or directory"
    )
    assert rejection(read_labels, tmp_path) == (
        f"FILE_UNREADABLE: {tmp_path}: cannot be read: Is a directory"
    )
