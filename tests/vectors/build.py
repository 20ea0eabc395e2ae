"""Small sets, and the published one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fxcaps.profiles import load_profile
from fxcaps.vectors.files import VectorSet, open_set, write_set
from fxcaps.vectors.generate import Plan, Wanted, plan, published_profiles
from fxcaps.vectors.make import CaseFile

ROOT = Path(__file__).parents[2]

PUBLISHED = ROOT / "vectors"
"""The published set."""


@cache
def small_files() -> tuple[CaseFile, ...]:
    """The files of a small set: roots by one profile."""
    wanted = Wanted(["isqrt"], [load_profile("fxcaps-hardware")], own=False)
    return tuple(plan(wanted).files())


def small_set(path: Path) -> VectorSet:
    """A small set on disk, as it is read back."""
    write_set(path, small_files())
    return open_set(path)


def published_plan(operations: Sequence[str]) -> Plan:
    """The published set's files of some operations."""
    return plan(Wanted(operations, published_profiles()))
