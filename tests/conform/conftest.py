"""One small set for all tests."""

from __future__ import annotations

import pytest

from fxcaps.vectors.files import VectorSet, open_set
from tests.conform.build import small_set
from tests.vectors.build import PUBLISHED


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> VectorSet:
    """A set with one operation and profile; nobody writes to it."""
    return small_set(tmp_path_factory.mktemp("conform") / "set")


@pytest.fixture(scope="session")
def published() -> VectorSet:
    """The published set."""
    return open_set(PUBLISHED)
