"""Compilation is cached and does not go on in silence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fxcaps
from fxcaps.engine.kernels.compile import NOTICE

SQUASH = (
    "import fxcaps, numpy\n"
    "from fxcaps import SquashIsqrtDivide\n"
    "print(fxcaps.squash(numpy.array([[3, 4]]), SquashIsqrtDivide(), x='s8f2', out='s8f7'))\n"
)


def run(
    cache: Path, package: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A fresh process with a cache of its own, and perhaps a package of its own."""
    home = package or Path(fxcaps.__file__).parent
    given = {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(home.parent)} | environment
    return subprocess.run(
        [sys.executable, "-c", SQUASH],
        cwd=home.parent,
        env=os.environ | given,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A first call: its cache, and what it wrote."""
    cache = tmp_path_factory.mktemp("kernels")
    made = run(cache)
    return cache, made.stdout, made.stderr


def test_first_call_says_that_it_compiles(first: tuple[Path, str, str]) -> None:
    """Given no cache, when an operation is called, then standard error says once what goes on."""
    _, output, error = first
    assert error.splitlines() == [NOTICE]
    assert output.splitlines()


def test_later_calls_load_from_the_cache(first: tuple[Path, str, str]) -> None:
    """Given the cache, when another process makes the call, then it says nothing; same words."""
    cache, output, _ = first
    files = sorted(path.name for path in cache.rglob("*.nbc"))
    made = run(cache)
    assert (made.stdout, made.stderr) == (output, "")
    assert files
    assert sorted(path.name for path in cache.rglob("*.nbc")) == files


def test_cpu_without_extensions(tmp_path: Path, first: tuple[Path, str, str]) -> None:
    """Given a processor without vector extensions, then everything compiles, to the same words."""
    made = run(tmp_path, NUMBA_CPU_NAME="generic", NUMBA_CPU_FEATURES="")
    assert made.stdout == first[1]


def test_changed_kernels_are_compiled_again(first: tuple[Path, str, str], tmp_path: Path) -> None:
    """Given the cache of a package, when a helper of its kernels changes, then its callers do.

    The function that is called lies in another file than the one that changes.
    """
    package = tmp_path / "fxcaps"
    original = Path(fxcaps.__file__).parent
    shutil.copytree(original, package, ignore=shutil.ignore_patterns("__pycache__"))
    assert run(tmp_path / "cache", package).stdout == first[1]
    helper = package / "engine" / "kernels" / "lanes.py"
    text = helper.read_text()
    stored = "= room.over[k, lane]"
    assert stored in text
    helper.write_text(text.replace(stored, "= 7"))
    assert run(tmp_path / "cache", package).stdout == "[[7 7]]\n"
