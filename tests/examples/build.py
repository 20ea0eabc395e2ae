"""Tools, compiled devices, broken copies, packs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from fxcaps.conform import Pipe, Result
from fxcaps.conform.device import Block
from fxcaps.conform.reporting import report
from fxcaps.profiles import load_profile
from fxcaps.vectors.bundle import profile_text
from fxcaps.vectors.column import Layout
from fxcaps.vectors.constants import as_text
from fxcaps.vectors.export import as_asked, pack, setup_rows
from fxcaps.vectors.files import VectorSet, open_set
from fxcaps.vectors.pick import pick
from tests.vectors.build import PUBLISHED

EXAMPLES = Path(__file__).parents[2] / "examples"

C, RTL = EXAMPLES / "c", EXAMPLES / "rtl"

REQUIRED = "FXCAPS_REQUIRE_TOOLS"
"""Set by the gate, which has installed everything: nothing is skipped."""

WARNINGS = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror")

SANITIZED = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")

Change = tuple[str, str, str]
"""A file, a text that stands in it once, and what a broken copy has in its place."""


def need(*tools: str) -> None:
    """Skip, or in the gate fail, where a program or a module is absent."""
    for tool in tools:
        there = shutil.which(tool) or (tool == "cocotb" and importlib.util.find_spec(tool))
        if not there and os.environ.get(REQUIRED):
            pytest.fail(f"needs {tool}, which the gate installs")
        if not there:
            pytest.skip(f"needs {tool}")


@cache
def published() -> VectorSet:
    """The published set."""
    return open_set(PUBLISHED)


def copied(source: Path, place: Path, changes: Sequence[Change]) -> Path:
    """The files of an example, some of them changed."""
    shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
    for name, old, new in changes:
        text = (place / name).read_text("ascii")
        assert text.count(old) == 1, f"{name} has {text.count(old)} of {old!r}"
        (place / name).write_text(text.replace(old, new), "ascii")
    return place


def compiled(source: Path, target: Path, *options: str) -> Path:
    """The C device as a program, or with `-shared` as a library."""
    need("gcc")
    files = sorted(source.glob("*.c"))
    if "-shared" in options:
        files.remove(source / "pipe.c")
    command = ["gcc", *WARNINGS, *options, "-o", str(target), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return target


class Told(Pipe):
    """The C device behind a pipe, which is given each setup as a pack has it."""

    def __init__(self, program: Path, place: Path) -> None:
        super().__init__((str(program), str(place / "setup.txt")))
        self.place = place

    def begin(self, block: Block) -> None:
        text = as_text(setup_rows(block.setup, block.identifiers))
        (self.place / "setup.txt").write_text(text, "ascii")
        super().begin(block)


def first_wrong_taps(result: Result) -> list[str]:
    """The first wrong intermediate of every case that differs and told any, each name once."""
    found = [case.get("first_wrong_tap") for case in report(result, "test")["cases"]]
    return list(dict.fromkeys(tap["tap"] for tap in found if isinstance(tap, dict)))


def write_pack(
    place: Path,
    op: str,
    profile: str,
    setup: str,
    lanes: Mapping[str, int] | None = None,
    device: str | None = None,
) -> Path:
    """The edge cases of a setup for a bench, and the device's constant: a profile's."""
    entries = published().select(op=op, profile=profile, kind="edge")
    picked = as_asked(published(), pick(published(), entries, setup), profile)
    place.mkdir(parents=True)
    for name, content in pack(picked, "readmemh", Layout(lanes or {})).items():
        (place / name).write_bytes(content)
    own = profile_text(load_profile(device or profile), "svh")
    (place / "profile.svh").write_text(own, "ascii")
    return place


def simulated(place: Path, device: str, source: Path = RTL) -> subprocess.CompletedProcess[str]:
    """A bench run in the folder of a pack, which has the device's `profile.svh` too."""
    need("iverilog")
    return subprocess.run(
        [str(source / "run.sh"), device],
        cwd=place,
        env=os.environ | {"PROFILE_DIR": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
