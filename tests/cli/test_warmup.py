"""fxcaps warmup: after it nothing is compiled any more, also where the package is read-only."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import fxcaps

RUN = (
    "import fxcaps\n"
    "images = fxcaps.digits('calibration')[0]\n"
    "program = fxcaps.quantize_network(fxcaps.load_network('mnist-small'), images[:9], width=8)\n"
    "print(fxcaps.run(program, images[:9]).digest)\n"
)
SMALL = "from fxcaps.engine.kernels.shares import rule_of; print(rule_of(1))"


def python(*arguments: str, environment: dict[str, str]) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
        cwd=environment.get("HOME"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def compiled(folder: Path) -> list[str]:
    """Files of compiled code, and their indexes."""
    return sorted(path.name for path in folder.rglob("*.nb[ci]"))


@pytest.mark.skipif(
    not os.environ.get("FXCAPS_COMPILE"),
    reason="compiles everything anew, a minute or two; FXCAPS_COMPILE=1 runs it",
)
def test_nothing_is_compiled_after_it(tmp_path: Path) -> None:
    """Given a fresh cache, when warmed up, then a network of another process adds no file."""
    environment = {"NUMBA_CACHE_DIR": str(tmp_path)}
    shown = python("-m", "fxcaps.cli.main", "warmup", environment=environment)
    first, second, *folders = shown.splitlines()
    assert re.fullmatch(r"compiled now:   \d{2,} functions in \d+\.\d s", first)
    assert re.fullmatch(r"known already:  \d+", second)
    assert [Path(line.removeprefix("compiled code:  ")).parent for line in folders] == [tmp_path]
    before = compiled(tmp_path)
    assert before
    python("-c", RUN, environment=environment)
    assert compiled(tmp_path) == before
    again = python("-m", "fxcaps.cli.main", "warmup", environment=environment)
    assert again.startswith("compiled now:   0 functions")
    assert compiled(tmp_path) == before


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Path]:
    """A copy of the package in which nobody may write, without compiled code."""
    site = tmp_path / "site"
    source = Path(fxcaps.__file__).parent
    shutil.copytree(source, site / "fxcaps", ignore=shutil.ignore_patterns("__pycache__"))
    # Permissions do not bind root; that a file is in the way of its folder binds everyone.
    (site / "fxcaps" / "engine" / "kernels" / "__pycache__").write_bytes(b"")
    folders = [path for path in [site, *site.rglob("*")] if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    yield site
    for folder in folders:
        folder.chmod(0o755)


def test_a_read_only_package_has_its_cache_with_the_user(installed: Path, tmp_path: Path) -> None:
    """Given a package that cannot be written, when a kernel compiles, then the user keeps it."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    environment |= {"PYTHONPATH": str(installed), "NUMBA_CACHE_DIR": ""}
    shown = python("-c", SMALL, environment=environment)
    assert python("-c", "import fxcaps; print(fxcaps.__file__)", environment=environment) == (
        f"{installed / 'fxcaps' / '__init__.py'}\n"
    )
    kept = compiled(home / "cache")
    assert kept
    assert compiled(installed) == []
    assert python("-c", SMALL, environment=environment) == shown
    assert compiled(home / "cache") == kept
