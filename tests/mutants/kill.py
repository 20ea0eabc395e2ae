"""Which cases tell a mutant from the specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from fxcaps.conform.mutants import NO_WORDS, mark
from fxcaps.types import Log, Rejection, Tensor
from fxcaps.vectors.call import Call, call_of, tensors_of
from fxcaps.vectors.files import VectorSet, open_set
from fxcaps.vectors.make import CaseFile, Kind, Tier
from fxcaps.vectors.numbers import read_words
from tests.mutants.base import Mutant, words_of
from tests.vectors.build import PUBLISHED


class Asked(NamedTuple):
    """A case, read: what the specification made of it."""

    id: str
    call: Call
    tensors: dict[str, Tensor]
    out: dict[str, list[int]]
    image: int


@cache
def published() -> VectorSet:
    """The published set."""
    return open_set(PUBLISHED)


def asked(file: CaseFile) -> Iterator[Asked]:
    """The cases of a file that give words; a mutant cannot be told by calls that never start."""
    setups = {setup.name: setup for setup in file.setups}
    for case in file.cases:
        if "out" not in case:
            continue
        call = call_of(setups[case["setup"]])
        words = {
            port: read_words(case["in"][port], given.format, port)
            for port, given in call.inputs.items()
        }
        out = {
            port: read_words(case["out"][port], call.formats[port], port) for port in case["out"]
        }
        yield Asked(case["id"], call, tensors_of(call, words), out, case.get("image", 0))


class Told(StrEnum):
    """How a case tells a mutant."""

    WORDS = "words"
    VERDICT = "verdict"
    """It rejects what has an answer."""

    NOT = ""


def kills(mutant: Mutant, case: Asked) -> Told | None:
    """Whether a case tells a mutant; `None` where the mistake is none there."""
    params, formats = case.call.params, case.call.formats
    if not mutant.applies(params, formats):
        return None
    try:
        made: Any = mutant.run(params, case.tensors, formats, Log(image=case.image))
    except Rejection:
        return Told.VERDICT
    return Told.WORDS if words_of(made) != case.out else Told.NOT


class Verdict(NamedTuple):
    """How a mutant fared: cases that were asked, that tell it, by their words, and that agree."""

    asked: int
    told: tuple[str, ...]
    by_words: int
    agreeing: int


def verdict(mutant: Mutant, cases: Iterable[Asked]) -> Verdict:
    """Ask every case."""
    found = [(case.id, kills(mutant, case)) for case in cases]
    asked_of = [(name, told) for name, told in found if told is not None]
    return Verdict(
        len(asked_of),
        tuple(name for name, told in asked_of if told),
        sum(told is Told.WORDS for _, told in asked_of),
        sum(told is Told.NOT for _, told in asked_of),
    )


ALONE = ("by_modes", "by_registers", "by_stochastic", "by_guards")
"""Folders that are not about mistakes of one kind: they tell modes apart, and their rejections."""


def folders(operation: str) -> list[str]:
    """The folders whose smoke tier must tell every mistake that is one there."""
    found = {entry.profile for entry in published().entries if entry.op == operation}
    return sorted(found - set(ALONE))


def cases(operation: str, folder: str, *tiers: Tier) -> list[Asked]:
    """The cases of an operation and a folder that give words; those of chains have none."""
    found = published()
    entries = [
        entry
        for entry in found.entries
        if (entry.op, entry.profile) == (operation, folder)
        and entry.tier in tiers
        and entry.kind in (Kind.EDGE, Kind.EXHAUSTIVE, Kind.RANDOM)
    ]
    return [case for entry in entries for case in asked(found.read(entry))]


def matrix_of(operation: str, mutants: Sequence[Mutant]) -> dict[str, list[dict[str, Any]]]:
    """The lines of `KILLS.json` on an operation: what is asked, and which of it tells a mutant."""
    made: dict[str, list[dict[str, Any]]] = {"cases": [], "kills": []}
    for folder in folders(operation):
        smoke = cases(operation, folder, Tier.SMOKE)
        place = {"op": operation, "profile": folder}
        names = [case.id for case in smoke]
        made["cases"].append(place | {"names": [name.split(".", 3)[3] for name in names]})
        for mutant in mutants:
            found = verdict(mutant, smoke)
            if found.asked:
                told = sorted(names.index(name) for name in found.told)
                row = place | {"mutant": mutant.name, "flag": mutant.flag}
                row |= {"told_by": ranges(told), "gives": gives(mutant, [smoke[k] for k in told])}
                made["kills"].append(row)
    return made


def gives(mutant: Mutant, told: Sequence[Asked]) -> str:
    """Marks of a mutant's words for cases that tell it, one after the other."""
    marks = []
    for case in told:
        try:
            log = Log(image=case.image)
            made: Any = mutant.run(case.call.params, case.tensors, case.call.formats, log)
        except Rejection:
            marks.append(NO_WORDS)
        else:
            marks.append(mark(words_of(made)))
    return "".join(marks)


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as text, neighbours together: `0-3 7 9-12`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return " ".join(f"{a}-{b}" if a < b else f"{a}" for a, b in runs)
