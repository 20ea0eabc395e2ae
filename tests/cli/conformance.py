"""Conformance runs as a user starts them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.command import Done, command
from tests.conform.build import OP, PROFILE, SETUP, STEM, command_line

CONFORMANT, MISMATCH, NO_VERDICT, CORRUPT, WAIVED, SKIPPED = range(6)

SCHEMAS = Path(__file__).parents[2] / "fxcaps" / "conform" / "schema"

EDGE = (OP, "--profile", PROFILE, "--kind", "edge", "--setup", SETUP)

CASES = tuple(f"{STEM}.edge.{name}-{SETUP}" for name in ("ties", "near-ties", "ends", "range"))


def form(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text("ascii"))


def piped(way: str, root: Path, *options: object) -> Done:
    """A device that is wrong in some way, through the pipe."""
    device = ("--pipe", command_line(way, "pipe"))
    return command("conform", "run", *EDGE, "--set", root, *device, *options)
