"""A search in a process of its own, to be killed: `python -m tests.allocate.search FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.allocate.build import evaluator

BOUND = 60


def descend(place: Path) -> dict[str, int]:
    """Lower widths one by one while the bound holds, and tell every evaluation."""
    widths = {"*": 8}
    with evaluator(journal=place, resume=place.exists()) as search:
        for name in ("digit.weight", "primary.weight", "conv.weight", "digit.votes", "primary"):
            for width in (7, 6, 5, 4, 3):
                if not search.reaches(widths | {name: width}, BOUND):
                    break
                widths[name] = width
                print(name, width, flush=True)
        print("accuracy", search.correct(widths), flush=True)
    return widths


if __name__ == "__main__":
    print(descend(Path(sys.argv[1])), flush=True)
