"""IDX files: what is read and what is rejected."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from fxcaps.datasets.idx import read_idx
from tests.datasets.build import idx_bytes, rejection, some_images, write

IMAGES = some_images()
GOOD = idx_bytes(IMAGES)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", ["a-idx3-ubyte", "a-idx3-ubyte.gz"])
def test_reads_plain_and_gzip_whatever_the_name(tmp_path: Path, name: str, packed: bool) -> None:
    """Given an IDX file, plain or gzip; when read; then values, shape and type are back."""
    found = read_idx(write(tmp_path / name, GOOD, packed=packed))
    assert found.dtype == np.uint8
    assert found.flags.writeable
    np.testing.assert_array_equal(found, IMAGES, strict=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "FILE_UNREADABLE: {}: truncated: IDX starts with 4 bytes, found 0"),
        (b"\x00", "FILE_UNREADABLE: {}: truncated: IDX starts with 4 bytes, found 1"),
        (b"\x89PNG", "FILE_FOREIGN: {}: expected IDX, which starts with bytes 0000, found 8950"),
        (
            b"\x00\x00\x03\x01",
            (
                "FILE_FOREIGN: {}: expected an IDX type from 08 to 0e and 1 or more dimensions, "
                "found type 03 and 1 dimensions"
            ),
        ),
        (
            b"\x00\x00\x08\x00",
            (
                "FILE_FOREIGN: {}: expected an IDX type from 08 to 0e and 1 or more dimensions, "
                "found type 08 and 0 dimensions"
            ),
        ),
        (idx_bytes(IMAGES, kind=0x0D), "DATA_INVALID: {}: expected uint8, found float32"),
        (idx_bytes(IMAGES, kind=0x0C), "DATA_INVALID: {}: expected uint8, found int32"),
        (GOOD[:9], "FILE_UNREADABLE: {}: truncated: 3 extents need 12 bytes, found 5"),
        (
            GOOD[:-1],
            (
                "FILE_UNREADABLE: {}: truncated: shape (3, 4, 4) needs 48 bytes after the header, "
                "found 47"
            ),
        ),
        (
            GOOD + b"\x00",
            (
                "FILE_FOREIGN: {}: expected the file to end after the 48 bytes of shape (3, 4, 4), "
                "found more"
            ),
        ),
        (idx_bytes(IMAGES[:0]), "DATA_INVALID: {}: empty: shape (0, 4, 4)"),
        (
            b"\x00\x00\x08\x03" + b"\xff" * 12,
            (
                "FILE_UNREADABLE: {}: truncated: shape (4294967295, 4294967295, 4294967295) needs "
                "79228162458924105385300197375 bytes after the header, found 0"
            ),
        ),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_rejects_bad_files(tmp_path: Path, content: bytes, message: str, packed: bool) -> None:
    """Given a bad file; when read; then one line says what, where, expected and found."""
    path = write(tmp_path / "bad", content, packed=packed)
    assert rejection(read_idx, path) == message.format(path)


def test_rejects_an_absent_file(tmp_path: Path) -> None:
    """Given no file; when read; then the system's reason is passed on."""
    path = tmp_path / "absent"
    assert rejection(read_idx, path) == (
        f"FILE_UNREADABLE: {path}: cannot be read: No such file or directory"
    )


def test_rejects_a_truncated_gzip_stream(tmp_path: Path) -> None:
    """Given a gzip file cut short; when read; then it is truncated, not foreign."""
    path = write(tmp_path / "short.gz", gzip.compress(GOOD)[:-12])
    assert rejection(read_idx, path) == f"FILE_UNREADABLE: {path}: truncated compressed data"


def test_rejects_a_damaged_gzip_stream(tmp_path: Path) -> None:
    """Given a gzip file whose own checksum fails; when read; then it is corrupt."""
    packed = bytearray(gzip.compress(GOOD))
    packed[-8] ^= 1
    path = write(tmp_path / "damaged.gz", bytes(packed))
    assert rejection(read_idx, path).startswith(
        f"FILE_CORRUPT: {path}: damaged compressed data: CRC check failed"
    )
