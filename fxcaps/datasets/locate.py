"""Where data sets are looked for, what state they are in, and loading them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fxcaps.datasets.cifar import join_batches, read_cifar_archive, read_cifar_batch
from fxcaps.datasets.files import fingerprint
from fxcaps.datasets.idx import read_idx
from fxcaps.datasets.registry import DATASETS, Dataset, DatasetFile, find_dataset
from fxcaps.datasets.svhn import read_svhn
from fxcaps.types import Reason, Rejection

ENVIRONMENT = "FXCAPS_DATA"
"""Environment variable with directories, separated as in PATH."""

DEBIAN_PLACE = Path("/usr/share/datasets")
"""Where Debian's package dataset-fashion-mnist puts its folder `fashion-mnist`."""


class State(StrEnum):
    """What is known of one official file."""

    VERIFIED = "verified"
    MISSING = "missing"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One official file as found.

    Args:
        dataset: name of the data set.
        split: name of the split.
        file: official name.
        state: verified, missing or corrupt.
        path: the file that was found, possibly `.gz`, or the archive that holds it.
        expected: recorded checksum and size.
        found: checksum and size found, or what keeps the file from being read.
        source: where people get it.
    """

    dataset: str
    split: str
    file: str
    state: State
    path: Path | None
    expected: str
    found: str | None
    source: str


def search_places(directory: str | Path | None = None) -> tuple[Path, ...]:
    """The directories that are searched, first to last.

    They are `directory`, those of the environment variable FXCAPS_DATA, and Debian's.
    Rejects a `directory` that is none with `FILE_UNREADABLE`.
    """
    places = []
    if directory is not None:
        if not Path(directory).is_dir():
            raise Rejection(Reason.FILE_UNREADABLE, f"{directory}: no such directory")
        places.append(Path(directory))
    listed = os.environ.get(ENVIRONMENT, "").split(os.pathsep)
    places += [Path(entry) for entry in listed if entry]
    return (*places, DEBIAN_PLACE)


def status(directory: str | Path | None = None) -> tuple[FileStatus, ...]:
    """The state of every official file of every data set, in the registry's order.

    Reads every file that it finds, to checksum it: seconds when all data sets are there.
    Rejects a `directory` that is none with `FILE_UNREADABLE`.
    """
    places = search_places(directory)
    found = []
    for dataset in DATASETS.values():
        found += _find_files(dataset, dataset.files, places)
    return tuple(found)


def load(
    name: str, split: str, *, directory: str | Path | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Load a split of a data set, its files verified first.

    Args:
        name: `mnist`, `fashion-mnist`, `cifar-10` or `svhn`.
        split: `train` or `test`.
        directory: searched before FXCAPS_DATA and Debian's place; a data set lies in it directly
            or in its subfolder (`mnist`, `fashion-mnist`, `cifar-10-batches-bin`, `svhn`).

    Returns images (N, H, W, C) with C of 1 or 3, and labels (N,), both uint8, in official order.
    Rejects unknown names (`NAME_UNKNOWN`), missing files (`FILE_UNREADABLE`) and files without the
    recorded checksum (`FILE_CORRUPT`).
    """
    dataset = find_dataset(name)
    files = dataset.files_of(split)
    places = search_places(directory)
    found = _find_files(dataset, files, places)
    _require(found, places)
    return _read(dataset, files, [entry.path for entry in found if entry.path])


def _find_files(
    dataset: Dataset, files: Sequence[DatasetFile], places: Sequence[Path]
) -> list[FileStatus]:
    found = [_find(dataset, file, places) for file in files]
    if dataset.archive and any(entry.state is not State.VERIFIED for entry in found):
        archive = _find(dataset, dataset.archive, places)
        found = [_through_archive(entry, archive) for entry in found]
    return found


def _find(dataset: Dataset, file: DatasetFile, places: Sequence[Path]) -> FileStatus:
    """The first file of that name decides, unless it is another data set's of the same name."""
    others = {
        other.fingerprint
        for name, entry in DATASETS.items()
        if name != dataset.name
        for other in entry.files
    }
    for path in _candidates(dataset, file, places):
        try:
            actual = fingerprint(path, file.fingerprint.algorithm, gunzip=dataset.kind == "idx")
        except Rejection as rejection:
            problem = rejection.message.removeprefix(f"{path}: ")
            return _status(dataset, file, State.CORRUPT, path, problem)
        if actual == file.fingerprint:
            return _status(dataset, file, State.VERIFIED, path, str(actual))
        if actual not in others:
            return _status(dataset, file, State.CORRUPT, path, str(actual))
    return _status(dataset, file, State.MISSING, None, None)


def _candidates(dataset: Dataset, file: DatasetFile, places: Sequence[Path]) -> Iterator[Path]:
    endings = ("", ".gz") if dataset.kind == "idx" else ("",)
    for place in places:
        for folder in (place / dataset.folder, place):
            for ending in endings:
                path = folder / (file.name + ending)
                if path.is_file():
                    yield path


def _status(
    dataset: Dataset, file: DatasetFile, state: State, path: Path | None, found: str | None
) -> FileStatus:
    return FileStatus(
        dataset=dataset.name,
        split=file.split,
        file=file.name,
        state=state,
        path=path,
        expected=str(file.fingerprint),
        found=found,
        source=dataset.source,
    )


def _through_archive(entry: FileStatus, archive: FileStatus) -> FileStatus:
    """The batch's own status, or the archive's where that one is better."""
    rank = (State.MISSING, State.CORRUPT, State.VERIFIED)
    if rank.index(entry.state) >= rank.index(archive.state):
        return entry
    return replace(
        entry,
        state=archive.state,
        path=archive.path,
        expected=archive.expected,
        found=archive.found,
    )


def _require(found: Sequence[FileStatus], places: Sequence[Path]) -> None:
    missing = [entry for entry in found if entry.state is State.MISSING]
    if missing:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{missing[0].dataset}: missing {', '.join(entry.file for entry in missing)}; "
            f"looked in {', '.join(str(place) for place in places)}; "
            f"get it from {missing[0].source}",
        )
    for entry in found:
        if entry.state is State.CORRUPT:
            raise Rejection(
                Reason.FILE_CORRUPT,
                f"{entry.path}: expected {entry.expected}, found {entry.found}; "
                f"get it from {entry.source}",
            )


def _read(
    dataset: Dataset, files: Sequence[DatasetFile], paths: Sequence[Path]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    if dataset.kind == "idx":
        return read_idx(paths[0])[..., np.newaxis], read_idx(paths[1])
    if dataset.kind == "svhn":
        return read_svhn(paths[0])
    for path in paths:
        if dataset.archive and path.name == dataset.archive.name:
            return read_cifar_archive(path, [file.name for file in files])
    return join_batches([read_cifar_batch(path) for path in paths])
