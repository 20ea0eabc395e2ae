"""Which cases tell a mutant from the specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from fxcaps.types import Log, Rejection, Tensor
from fxcaps.vectors.call import Call, call_of, tensors_of
from fxcaps.vectors.files import VectorSet, open_set
from fxcaps.vectors.make import CaseFile
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
