"""CIFAR-10, binary edition: batches and the archive."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fxcaps.datasets.cifar import read_cifar_archive, read_cifar_batch
from tests.datasets.build import cifar_bytes, rejection, tar_bytes, write

FOLDER = "cifar-10-batches-bin"


def test_reads_a_batch_channels_last(tmp_path: Path) -> None:
    """Given two records; when read; then planes became the last axis and labels are apart."""
    images, labels = read_cifar_batch(write(tmp_path / "b.bin", cifar_bytes([9, 0])))
    n, h, w, c = np.ogrid[:2, :32, :32, :3]
    expected = (n + 10 * h + 20 * w + 30 * c).astype(np.uint8)
    np.testing.assert_array_equal(images, expected, strict=True)
    np.testing.assert_array_equal(labels, np.array([9, 0], np.uint8), strict=True)
    assert images.flags.c_contiguous


def test_reads_the_archive_in_the_order_asked(tmp_path: Path) -> None:
    """Given an archive of two batches; when both are asked, last first; then so they come."""
    members = {f"{FOLDER}/one.bin": cifar_bytes([1]), f"{FOLDER}/two.bin": cifar_bytes([2, 3])}
    path = write(tmp_path / "a.tar.gz", tar_bytes(members))
    images, labels = read_cifar_archive(path, ["two.bin", "one.bin"])
    assert images.shape == (3, 32, 32, 3)
    assert labels.tolist() == [2, 3, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"",
            "FILE_UNREADABLE: {}: expected one or more records of 3073 bytes, found 0 bytes",
        ),
        (
            cifar_bytes([1])[:-1],
            "FILE_UNREADABLE: {}: expected one or more records of 3073 bytes, found 3072 bytes",
        ),
        (
            cifar_bytes([1, 10, 3]),
            "DATA_INVALID: {}: expected labels from 0 to 9, found 10 in record 1",
        ),
    ],
)
def test_rejects_bad_batches(tmp_path: Path, content: bytes, message: str) -> None:
    """Given a bad batch, loose or in an archive; when read; then the same message names it."""
    path = write(tmp_path / "bad.bin", content)
    assert rejection(read_cifar_batch, path) == message.format(path)
    archive = write(tmp_path / "a.tar.gz", tar_bytes({f"{FOLDER}/bad.bin": content}))
    assert rejection(read_cifar_archive, archive, ["bad.bin"]) == message.format(
        f"{archive}:bad.bin"
    )


def test_rejects_bad_archives(tmp_path: Path) -> None:
    """Given archives that lack a batch, are none, or are cut short; then each is told apart."""
    good = tar_bytes({f"{FOLDER}/one.bin": cifar_bytes([1])})
    path = write(tmp_path / "a.tar.gz", good)
    assert rejection(read_cifar_archive, path, ["two.bin"]) == (
        f"FILE_FOREIGN: {path}: holds no cifar-10-batches-bin/two.bin"
    )
    write(path, b"not an archive at all")
    assert rejection(read_cifar_archive, path, ["one.bin"]) == (
        f"FILE_FOREIGN: {path}: expected a .tar.gz archive: not a gzip file"
    )
    write(path, good[: len(good) // 2])
    assert rejection(read_cifar_archive, path, ["one.bin"]) == (
        f"FILE_UNREADABLE: {path}: truncated compressed data"
    )
    assert rejection(read_cifar_archive, tmp_path / "absent", ["one.bin"]) == (
        f"FILE_UNREADABLE: {tmp_path / 'absent'}: cannot be read: No such file or directory"
    )
