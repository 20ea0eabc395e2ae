"""A small set with one operation, and devices for it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from fxcaps.conform import Selection, choose
from fxcaps.vectors.files import VectorSet, open_set, write_set
from tests.vectors.build import PUBLISHED

OP, PROFILE, SETUP = "requantize", "fxcaps-exact", "s16f8-s8f4"

DUT = Path(__file__).parents[1] / "duts" / "requantize.py"

STEM = f"{OP}.{PROFILE}"


def small_set(path: Path) -> VectorSet:
    """The published cases of one operation and profile."""
    found = open_set(PUBLISHED)
    entries = found.select(op=OP, profile=PROFILE)
    write_set(path, [found.read(entry) for entry in entries])
    return open_set(path)


def command(way: str, protocol: str) -> tuple[str, ...]:
    """How a device is started that is wrong in some way."""
    return (sys.executable, "-S", "-E", str(DUT), way, protocol)


def command_line(way: str, protocol: str) -> str:
    """The same as one text."""
    return shlex.join(command(way, protocol))


def edge(found: VectorSet, *, setup: str | None = SETUP, single: bool = True) -> Selection:
    """The edge cases of one setup: four."""
    return choose(found, op=OP, profile=PROFILE, kind="edge", setup=setup, single=single)
