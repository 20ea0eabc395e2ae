"""A search in a process of its own, to be killed: `python -m tests.allocate.search FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.allocate.build import evaluator

BOUND = 60


def tell(*what: object) -> None:
    """A line at once, for who waits to kill."""
    sys.stdout.write(" ".join(map(str, what)) + "\n")
    sys.stdout.flush()


def descend(place: Path) -> dict[str, int]:
    """Lower widths one by one while the bound holds, and tell every evaluation."""
    widths = {"*": 8}
    with evaluator(journal=place, resume=place.exists()) as search:
        for name in ("digit.weight", "digit.votes", "primary"):
            for width in (6, 5, 4, 3):
                if not search.reaches(widths | {name: width}, BOUND):
                    break
                widths[name] = width
                tell(name, width)
        tell("accuracy", search.correct(widths))
    return widths


if __name__ == "__main__":
    tell(descend(Path(sys.argv[1])))
