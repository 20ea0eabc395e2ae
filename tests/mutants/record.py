"""What is recorded of mechanical mutants in `KILLS.json`, short: one line a module.

A mutant is a letter, and the number of the case that tells it in the list of `killers`: `w` by
its words, `v` by its verdict, `e` by its events, `t` by its taps. `x` raises something else than a
rejection, `o` does not end, and `s` is the same as the specification. Mutants stand in the order
in which `tests/mutants/mechanical.py` makes them from the source that `source` is the digest of.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tests.mutants.answers import Told
from tests.mutants.mechanical import Mechanical, modules, mutants_of, tree_of
from tests.mutants.survey import Finding

_LETTERS = {
    Told.WORDS: "w",
    Told.VERDICT: "v",
    Told.EVENTS: "e",
    Told.TAPS: "t",
    Told.CRASH: "x",
    Told.ENDLESS: "o",
    None: "s",
}
_TOLD = {letter: told for told, letter in _LETTERS.items()}

_NUMBERED = "wvet"


class Known(NamedTuple):
    """A mutant and how it is told: the case, where it runs and is none of the same."""

    mutant: Mechanical
    told: Told | None
    case: str


def source_of(module: str) -> str:
    """A digest of a module's syntax tree, which comments and layout do not change."""
    return hashlib.sha256(ast.dump(tree_of(module)).encode()).hexdigest()[:16]


def blocks_of(found: Iterable[tuple[Mechanical, Finding]]) -> dict[str, list[Any]]:
    """The blocks `killers` and `mechanical`."""
    killers: dict[str, int] = {}
    lines: dict[str, list[str]] = {}
    for mutant, finding in found:
        letter = _LETTERS[finding.told]
        if letter in _NUMBERED:
            letter += str(killers.setdefault(finding.case, len(killers)))
        lines.setdefault(mutant.module, []).append(letter)
    rows = [
        {"module": module, "source": source_of(module), "told": " ".join(line)}
        for module, line in sorted(lines.items())
    ]
    return {"killers": list(killers), "mechanical": rows}


def read(data: Mapping[str, Any]) -> Iterator[Known]:
    """Every mutant with what is recorded of it; the sources must be those of the record."""
    for line in data["mechanical"]:
        letters = line["told"].split()
        for mutant, letter in zip(mutants_of(line["module"]), letters, strict=True):
            told = _TOLD[letter[0]]
            case = data["killers"][int(letter[1:])] if letter[0] in _NUMBERED else ""
            yield Known(mutant, told, case)


def sources() -> dict[str, str]:
    """Module -> digest, of those that have mutants."""
    return {module: source_of(module) for module in modules() if mutants_of(module)}
