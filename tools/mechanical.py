"""Which cases tell the mechanical mutants: renews them in `vectors/KILLS.json`, and the page.

Usage: python -m tools.mechanical [--page] [MODULE...]

About ten minutes on two cores. With modules of `fxcaps/spec` only theirs are asked again, which is
enough where only cases were added; `--page` asks none and only writes `docs/mutants.md`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from fxcaps.network.files import write_text
from fxcaps.vectors.text import file_of
from tests.mutants.answers import questions
from tests.mutants.kill import published
from tests.mutants.mechanical import Mechanical, modules, mutants_of
from tests.mutants.page import page
from tests.mutants.record import blocks_of, read
from tests.mutants.survey import Finding, Survey
from tests.vectors.build import PUBLISHED

PAGE = Path(__file__).parents[1] / "docs" / "mutants.md"


def main(arguments: list[str]) -> int:
    """Ask every mutant; returns the exit code."""
    path = PUBLISHED / "KILLS.json"
    data = json.loads(path.read_text("ascii"))
    if "--page" not in arguments:
        found: list[tuple[Mechanical, Finding]] = []
        kept = _recorded(data, set(modules()) - set(arguments)) if arguments else {}
        names = [name for name in modules() if name not in kept]
        with ProcessPoolExecutor(2) as pool:
            made = dict(zip(names, pool.map(survey, names), strict=True)) | kept
        for name in modules():
            found += made[name]
        data |= blocks_of(found)
        lists = {name: item for name, item in data.items() if isinstance(item, list)}
        head = {name: item for name, item in data.items() if name not in lists}
        write_text(path, file_of(head, **lists))
    write_text(PAGE, page(data))
    return 0


def _recorded(
    data: Mapping[str, Any], names: Collection[str]
) -> dict[str, list[tuple[Mechanical, Finding]]]:
    """What is recorded of some modules."""
    found: dict[str, list[tuple[Mechanical, Finding]]] = {name: [] for name in names}
    for known in read(data):
        if known.mutant.module in found:
            found[known.mutant.module].append((known.mutant, Finding(known.told, known.case)))
    return found


def survey(module: str) -> list[tuple[Mechanical, Finding]]:
    """How the mutants of a module fare."""
    asked = _asked()
    return [(mutant, asked.ask(mutant)) for mutant in mutants_of(module)]


@cache
def _asked() -> Survey:
    """One for each process."""
    return Survey(questions(published()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
