"""Which cases tell the mechanical mutants: renews them in `vectors/KILLS.json`, and the page.

Usage: python -m tools.mechanical [--page]

About ten minutes on two cores; `--page` only writes `docs/mutants.md` again.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from fxcaps.network.files import write_text
from fxcaps.vectors.text import file_of
from tests.mutants.answers import questions
from tests.mutants.kill import published
from tests.mutants.mechanical import Mechanical, modules, mutants_of
from tests.mutants.page import page
from tests.mutants.record import blocks_of
from tests.mutants.survey import Finding, Survey
from tests.vectors.build import PUBLISHED

PAGE = Path(__file__).parents[1] / "docs" / "mutants.md"


def main(arguments: list[str]) -> int:
    """Ask every mutant; returns the exit code."""
    path = PUBLISHED / "KILLS.json"
    data = json.loads(path.read_text("ascii"))
    if "--page" not in arguments:
        found: list[tuple[Mechanical, Finding]] = []
        names = modules()
        with ProcessPoolExecutor(2) as pool:
            for name, part in zip(names, pool.map(survey, names), strict=True):
                found += part
                print(name, len(part), flush=True)
        data |= blocks_of(found)
        lists = {name: item for name, item in data.items() if isinstance(item, list)}
        head = {name: item for name, item in data.items() if name not in lists}
        write_text(path, file_of(head, **lists))
    write_text(PAGE, page(data))
    return 0


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
