"""fxcaps warmup: compile everything now, so that nothing compiles later."""

from __future__ import annotations

import argparse
from typing import Any

from fxcaps import api
from fxcaps.cli.progress import progress


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "warmup", help="compile the whole engine for this processor, once after an installation"
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:  # noqa: ARG001 - it has none
    """Compile, and say how long it took and where the compiled code lies."""
    made = api.warmup(progress=progress("compiling"))
    print(f"compiled now:   {made.compiled} functions in {made.seconds:.1f} s")
    print(f"known already:  {made.loaded}")
    for folder in made.cache:
        print(f"compiled code:  {folder}")
