"""A set of vectors that the tests of `fxcaps conform` share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fxcaps.vectors.files import VectorSet
from tests.conform.build import small_set


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> VectorSet:
    """A small set; nobody writes to it."""
    return small_set(tmp_path_factory.mktemp("conform") / "set")


@pytest.fixture
def copied(vectors: VectorSet, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(vectors.root, tmp_path / "set"))
