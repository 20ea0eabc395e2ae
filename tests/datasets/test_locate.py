"""Where data sets are looked for, and what is said of files that are missing or corrupt."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from fxcaps.datasets import DATASETS, FileStatus, State, load, locate, search_places, status
from fxcaps.datasets.registry import Dataset, DatasetFile
from tests.datasets.build import (
    cifar_bytes,
    idx_bytes,
    print_of,
    rejection,
    some_images,
    tar_bytes,
    write,
)

IMAGES = some_images()
LABELS = np.array([7, 0, 3], np.uint8)
IMAGE_FILE = idx_bytes(IMAGES)
LABEL_FILE = idx_bytes(LABELS)
DIGITS = Dataset(
    "mnist",
    "idx",
    "mnist",
    (
        DatasetFile("images", "test", print_of(IMAGE_FILE)),
        DatasetFile("labels", "test", print_of(LABEL_FILE)),
    ),
    "the digits' page",
)
CLOTHES = Dataset(
    "fashion-mnist",
    "idx",
    "fashion-mnist",
    (DatasetFile("images", "test", print_of(idx_bytes(IMAGES + 1))),),
    "the clothes' page",
)
ONE, TWO = cifar_bytes([1]), cifar_bytes([2])
ARCHIVE = tar_bytes({"cifar-10-batches-bin/1.bin": ONE, "cifar-10-batches-bin/2.bin": TWO})
PICTURES = Dataset(
    "cifar-10",
    "cifar",
    "cifar-10-batches-bin",
    (
        DatasetFile("1.bin", "train", print_of(ONE, "md5")),
        DatasetFile("2.bin", "train", print_of(TWO, "md5")),
    ),
    "the pictures' page",
    archive=DatasetFile("all.tar.gz", "all", print_of(ARCHIVE)),
)


@pytest.fixture(autouse=True)
def small_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three tiny data sets, no environment variable, and a Debian place that is empty."""
    for dataset in (DIGITS, CLOTHES, PICTURES):
        monkeypatch.setitem(DATASETS, dataset.name, dataset)
    monkeypatch.delitem(DATASETS, "svhn")
    monkeypatch.delenv("FXCAPS_DATA", raising=False)
    monkeypatch.setattr(locate, "DEBIAN_PLACE", tmp_path / "debian")


@pytest.mark.parametrize("folder", ["", "mnist"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_loads_from_the_directory_or_its_subfolder(
    tmp_path: Path, folder: str, ending: str
) -> None:
    """Given verified files, direct or in the subfolder, gzip or not; then they are loaded."""
    packed = ending == ".gz"
    write(tmp_path / folder / f"images{ending}", IMAGE_FILE, packed=packed)
    write(tmp_path / folder / f"labels{ending}", LABEL_FILE, packed=packed)
    images, labels = load("mnist", "test", directory=tmp_path)
    np.testing.assert_array_equal(images, IMAGES[..., np.newaxis], strict=True)
    np.testing.assert_array_equal(labels, LABELS, strict=True)


def test_searches_directory_then_environment_then_debian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given files spread over all places; when loaded; then each is found, first place first."""
    listed = [tmp_path / "one", tmp_path / "two"]
    monkeypatch.setenv("FXCAPS_DATA", os.pathsep.join(str(place) for place in listed))
    write(tmp_path / "two" / "images", IMAGE_FILE)
    write(tmp_path / "debian" / "mnist" / "images", b"not reached")
    write(tmp_path / "debian" / "mnist" / "labels", LABEL_FILE)
    (tmp_path / "given").mkdir()
    places = (tmp_path / "given", *listed, tmp_path / "debian")
    assert search_places(tmp_path / "given") == places
    assert search_places() == places[1:]
    assert load("mnist", "test")[1].tolist() == [7, 0, 3]


def test_rejects_a_directory_that_is_none(tmp_path: Path) -> None:
    """Given a directory that does not exist; when searched; then the mistake is named."""
    path = tmp_path / "absent"
    assert rejection(load, "mnist", "test", directory=path) == (
        f"FILE_UNREADABLE: {path}: no such directory"
    )


def test_rejects_unknown_names(tmp_path: Path) -> None:
    """Given an unknown data set or split; when loaded; then the known ones are listed."""
    assert rejection(load, "minst", "test", directory=tmp_path) == (
        "NAME_UNKNOWN: no data set 'minst'; known: mnist, fashion-mnist, cifar-10"
    )
    assert rejection(load, "mnist", "train", directory=tmp_path) == (
        "NAME_UNKNOWN: mnist has no split 'train'; known: test"
    )


def test_says_what_is_missing_where_and_whence(tmp_path: Path) -> None:
    """Given no files; when loaded; then the message names them, the places and the source."""
    assert rejection(load, "mnist", "test", directory=tmp_path) == (
        "FILE_UNREADABLE: mnist: missing images, labels; "
        f"looked in {tmp_path}, {tmp_path / 'debian'}; get it from the digits' page"
    )


def test_rejects_a_file_with_another_checksum(tmp_path: Path) -> None:
    """Given an altered file; when loaded; then both checksums and the source are named."""
    altered = idx_bytes(IMAGES[::-1])
    path = write(tmp_path / "images.gz", altered, packed=True)
    write(tmp_path / "labels", LABEL_FILE)
    assert rejection(load, "mnist", "test", directory=tmp_path) == (
        f"FILE_CORRUPT: {path}: expected {print_of(IMAGE_FILE)}, found {print_of(altered)}; "
        "get it from the digits' page"
    )


def test_another_data_set_of_the_same_file_names_is_not_corrupt(tmp_path: Path) -> None:
    """Given clothes where digits are looked for; then the digits are missing, not corrupt."""
    write(tmp_path / "images", idx_bytes(IMAGES + 1))
    found = {entry.dataset: entry.state for entry in status(tmp_path) if entry.file == "images"}
    assert found == {"mnist": State.MISSING, "fashion-mnist": State.VERIFIED}


def test_status_of_every_file(tmp_path: Path) -> None:
    """Given one verified, one truncated and some missing files; then each is reported whole."""
    images = write(tmp_path / "mnist" / "images", IMAGE_FILE)
    labels = write(tmp_path / "mnist" / "labels.gz", LABEL_FILE, packed=True)
    labels.write_bytes(labels.read_bytes()[:-9])
    expected = print_of(LABEL_FILE)
    assert status(tmp_path)[:3] == (
        FileStatus(
            dataset="mnist",
            split="test",
            file="images",
            state=State.VERIFIED,
            path=images,
            expected=str(print_of(IMAGE_FILE)),
            found=str(print_of(IMAGE_FILE)),
            source="the digits' page",
        ),
        FileStatus(
            dataset="mnist",
            split="test",
            file="labels",
            state=State.CORRUPT,
            path=labels,
            expected=f"{expected.checksum} ({expected.size} bytes)",
            found="truncated compressed data",
            source="the digits' page",
        ),
        FileStatus(
            dataset="fashion-mnist",
            split="test",
            file="images",
            state=State.MISSING,
            path=None,
            expected=str(print_of(idx_bytes(IMAGES + 1))),
            found=None,
            source="the clothes' page",
        ),
    )


def batches(directory: Path) -> list[tuple[State, Path | None]]:
    """State and place of the two batches."""
    return [(entry.state, entry.path) for entry in status(directory) if entry.dataset == "cifar-10"]


def test_batches_or_their_archive(tmp_path: Path) -> None:
    """Given loose batches, then the archive in place of one; then both are loaded in order."""
    folder = tmp_path / "cifar-10-batches-bin"
    one, two = write(folder / "1.bin", ONE), write(folder / "2.bin", TWO)
    assert batches(tmp_path) == [(State.VERIFIED, one), (State.VERIFIED, two)]
    images, labels = load("cifar-10", "train", directory=tmp_path)
    assert images.shape == (2, 32, 32, 3)
    assert labels.tolist() == [1, 2]
    one.unlink()
    archive = write(tmp_path / "all.tar.gz", ARCHIVE)
    assert batches(tmp_path) == [(State.VERIFIED, archive), (State.VERIFIED, two)]
    assert load("cifar-10", "train", directory=tmp_path)[1].tolist() == [1, 2]


def test_a_corrupt_archive_is_reported_for_batches_that_are_missing(tmp_path: Path) -> None:
    """Given one corrupt batch and a truncated archive; then each batch has its own story."""
    one = write(tmp_path / "1.bin", TWO)
    archive = write(tmp_path / "all.tar.gz", ARCHIVE[:-1])
    assert batches(tmp_path) == [(State.CORRUPT, one), (State.CORRUPT, archive)]
    one.unlink()
    assert rejection(load, "cifar-10", "train", directory=tmp_path) == (
        f"FILE_CORRUPT: {archive}: expected {print_of(ARCHIVE)}, found {print_of(ARCHIVE[:-1])}; "
        "get it from the pictures' page"
    )


def test_loads_matlab_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a verified MATLAB file; when loaded; then it is read as SVHN."""
    scipy_io = pytest.importorskip("scipy.io", reason="SVHN needs scipy, an optional extra")
    pixels = np.zeros((32, 32, 3, 2), np.uint8)
    scipy_io.savemat(tmp_path / "test.mat", {"X": pixels, "y": np.array([[10], [4]])})
    file = DatasetFile("test.mat", "test", print_of((tmp_path / "test.mat").read_bytes()))
    monkeypatch.setitem(DATASETS, "svhn", Dataset("svhn", "svhn", "svhn", (file,), "its page"))
    images, labels = load("svhn", "test", directory=tmp_path)
    assert images.shape == (2, 32, 32, 3)
    assert labels.tolist() == [0, 4]
