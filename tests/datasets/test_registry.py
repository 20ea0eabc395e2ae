"""The table of data sets agrees with itself and with the formats."""

from __future__ import annotations

import re

import pytest

from fxcaps.datasets import DATASETS, Dataset, find_dataset
from tests.datasets.build import rejection

DIGEST_LENGTHS = {"sha256": 64, "md5": 32}


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=str)
def test_every_file_has_a_well_formed_checksum(dataset: Dataset) -> None:
    """Given the table; then checksums have their algorithm's length and names differ."""
    files = dataset.files + ((dataset.archive,) if dataset.archive else ())
    for file in files:
        algorithm, _, digest = file.fingerprint.checksum.partition(":")
        assert file.fingerprint.algorithm == algorithm
        assert re.fullmatch(f"[0-9a-f]{{{DIGEST_LENGTHS[algorithm]}}}", digest)
    assert len({file.name for file in files}) == len(files)
    assert len({file.fingerprint for file in files}) == len(files)
    assert dataset.splits == ("train", "test")


def test_sizes_follow_from_the_formats() -> None:
    """Given the counts of images; then headers and records make up the recorded sizes."""
    for name in ("mnist", "fashion-mnist"):
        sizes = [file.fingerprint.size for file in DATASETS[name].files]
        assert sizes == [16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000]
    for file in DATASETS["cifar-10"].files:
        assert file.fingerprint.size == 10_000 * (1 + 3 * 32 * 32)


def test_unknown_names_are_rejected() -> None:
    """Given an unknown data set or split; then the known ones are listed."""
    assert rejection(find_dataset, "cifar") == (
        "NAME_UNKNOWN: no data set 'cifar'; known: mnist, fashion-mnist, cifar-10, svhn"
    )
    assert rejection(find_dataset("svhn").files_of, "extra") == (
        "NAME_UNKNOWN: svhn has no split 'extra'; known: train, test"
    )
