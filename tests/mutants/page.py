"""The page on mutants, made of what `KILLS.json` records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.mutants.answers import Told
from tests.mutants.record import Known, read
from tests.mutants.same import reason_of
from tests.mutants.table import MUTANTS

_HEAD = """# Mutants

Cases are worth what mistakes they tell.
Wrong versions of the specification are asked the smoke tier of the golden vectors; a mutant is told, or killed, when one case has another answer.
This page is made of `vectors/KILLS.json` by `python -m tools.mechanical --page`, and a test compares the two.

A mutant counts as killed only when it runs: an answer that is a crash, or that never comes, kills nothing, and such mutants are counted apart.
Each is told by its words, by its verdict (a rejection in place of words, or the other way, or another reason), by its events, or by its taps, in this order.

## Mechanical

Every comparison of `fxcaps/spec` with its border moved and turned round, every integer one more and one less, axes among them, every mode the next of its kind, one change at a time.
"""

_COLUMNS = ("words", "verdict", "events", "taps")


def page(data: Mapping[str, Any]) -> str:
    """The text of `docs/mutants.md`."""
    known = list(read(data))
    return _HEAD + "\n" + _modules(known) + _same(known) + _hand(data)


def _modules(known: Sequence[Known]) -> str:
    heads = ["module", "mutants", *_COLUMNS, "do not run", "same"]
    modules = list(dict.fromkeys(each.mutant.module for each in known))
    rows = []
    for module in modules:
        own = [each for each in known if each.mutant.module == module]
        rows.append([f"`{module}`", *map(str, _counts(own))])
    rows.append(["all", *map(str, _counts(known))])
    return _table(heads, rows)


def _counts(known: Sequence[Known]) -> list[int]:
    told = Counter(each.told for each in known)
    idle = told[Told.CRASH] + told[Told.ENDLESS]
    return [len(known), *(told[Told(name)] for name in _COLUMNS), idle, told[None]]


def _same(known: Sequence[Known]) -> str:
    groups: dict[str, list[str]] = {}
    for each in known:
        if each.told is None:
            groups.setdefault(reason_of(each.mutant), []).append(each.mutant.name)
    rows = [
        [reason, str(len(names)), f"`{_escaped(names[0])}`"]
        for reason, names in sorted(groups.items())
    ]
    text = (
        "\n## The same\n\nChanges that no input tells, and why.\n"
        "Where a reason ends with `is not known`, the change weakens a proof, and no value that would show it was found.\n\n"
    )
    return text + _table(["reason", "mutants", "the first"], rows)


def _hand(data: Mapping[str, Any]) -> str:
    rows = []
    for operation in sorted(MUTANTS):
        kills = [row for row in data["kills"] if row["op"] == operation]
        told = [row for row in kills if row["told_by"]]
        known = [row for row in data["equivalent"] if operation in row["ops"]]
        folders = {row["profile"] for row in kills}
        rows.append(
            [
                f"`{operation}`",
                *map(str, (len(MUTANTS[operation]), len(folders), len(kills), len(told))),
                str(len(known)),
            ]
        )
    text = (
        "\n## By hand\n\n"
        "Mistakes that people make, each under every profile where it is one; "
        "`KILLS.json` names the cases that tell it.\n\n"
    )
    return text + _table(
        ["operation", "mistakes", "profiles", "pairs", "told", "reasons for others"], rows
    )


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *rows)]
    return "\n".join(lines) + "\n"
