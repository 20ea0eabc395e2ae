"""Whatever happens to a file, it is read or rejected; no other error leaves a reader."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.datasets.arrays import read_array
from fxcaps.datasets.cifar import read_cifar_archive
from fxcaps.types import Rejection
from tests.datasets.build import (
    cifar_bytes,
    idx_bytes,
    npy_bytes,
    npz_bytes,
    some_images,
    tar_bytes,
)

IMAGES = some_images()


def read_one_batch(path: Path) -> object:
    """Read the archive's only batch."""
    return read_cifar_archive(path, ["1.bin"])


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (npy_bytes(IMAGES), read_array),
        (npz_bytes({"x": IMAGES}), read_array),
        (idx_bytes(IMAGES), read_array),
        (gzip.compress(idx_bytes(IMAGES), mtime=0), read_array),
        (tar_bytes({"cifar-10-batches-bin/1.bin": cifar_bytes([1])}), read_one_batch),
    ],
    ids=["npy", "npz", "idx", "idx.gz", "tar.gz"],
)
@pytest.mark.filterwarnings("ignore:Reading")  # numpy's remark on headers of Python 2
def test_damage_is_rejected_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, read: Callable[[Path], object]
) -> None:
    """Given a file with bytes changed and its end cut off; when read; then only rejections."""
    path = tmp_path_factory.mktemp("damage") / "file"
    outcomes = set()

    @given(
        st.dictionaries(
            st.integers(0, min(len(content), 400) - 1), st.integers(0, 255), max_size=4
        ),
        st.integers(0, len(content)) | st.just(len(content)),
    )
    def damage(changes: dict[int, int], length: int) -> None:
        damaged = bytearray(content)
        for index, value in changes.items():
            damaged[index] = value
        path.write_bytes(damaged[:length])
        try:
            read(path)
        except Rejection as rejection:
            assert "\n" not in str(rejection)
            outcomes.add(rejection.reason)

    damage()
    assert outcomes
