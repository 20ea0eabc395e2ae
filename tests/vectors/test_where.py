"""Which set is meant, and what an installed package carries."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from fxcaps.types import Reason
from fxcaps.vectors import where
from fxcaps.vectors.files import SUMS, check_files, open_set
from fxcaps.vectors.where import find_set
from tests.support.outcomes import Rejected, rejection_of
from tests.vectors.build import PUBLISHED, ROOT, small_set


def test_names_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given sets here and there, when asked, then the named, the variable's, the one here."""
    for name in ("named", "variable", "here/vectors"):
        small_set(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(where.VARIABLE, raising=False)
    assert find_set().root == PUBLISHED
    monkeypatch.chdir(tmp_path / "here")
    assert find_set().root == Path("vectors")
    monkeypatch.setenv(where.VARIABLE, str(tmp_path / "variable"))
    assert find_set().root == tmp_path / "variable"
    assert find_set(tmp_path / "named").root == tmp_path / "named"


def test_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no set anywhere, when asked, then the place where one was expected."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(where.VARIABLE, raising=False)
    monkeypatch.setattr(where, "CHECKOUT", tmp_path / "none")
    assert rejection_of(find_set) == Rejected(
        Reason.FILE_UNREADABLE, "vectors/MANIFEST.json: No such file or directory"
    )


def test_a_build_carries_the_smoke_tier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a build of the package, when its vectors are read, then the smoke tier, all of it."""
    carried = tmp_path / "published"
    runpy.run_path(str(ROOT / "setup.py"))["carry"](PUBLISHED, carried)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(where.VARIABLE, raising=False)
    monkeypatch.setattr(where, "CHECKOUT", tmp_path / "none")
    monkeypatch.setattr(where, "CARRIED", carried)
    found, whole = find_set(), open_set(PUBLISHED)
    smoke = [entry for entry in whole.entries if entry.tier == "smoke"]
    assert (found.digest, list(found.entries)) == (whole.digest, smoke)
    assert check_files(found) == sum(entry.cases for entry in smoke)
    assert (carried / SUMS).read_text("ascii").count("\n") == len(smoke)
