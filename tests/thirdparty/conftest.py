"""The toy package, installed for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.thirdparty.install import on_path, toy_site


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[list[str]]:
    """The path entries of the toy package, which this process has too."""
    entries = toy_site(tmp_path)
    with on_path(entries):
        yield entries
