"""Which cases tell a mutant from the specification."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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


def kills(mutant: Mutant, case: Asked) -> bool | None:
    """Whether a case tells a mutant; `None` where the mistake is none there.

    A mutant that rejects is not told: words must differ, so that no kill is a crash in disguise.
    """
    if not mutant.applies(case.call.params, case.call.formats):
        return None
    try:
        made: Any = mutant.run(
            case.call.params, case.tensors, case.call.formats, Log(image=case.image)
        )
    except Rejection:
        return False
    return words_of(made) != case.out


class Verdict(NamedTuple):
    """How a mutant fared in one folder: the first case that tells it, and how many agree."""

    killer: str
    agreeing: int
    asked: int


def verdict(mutant: Mutant, cases: Iterable[Asked]) -> Verdict:
    """The first kill; every case is asked until there are both a kill and an agreement."""
    killer, agreeing, count = "", 0, 0
    for case in cases:
        told = kills(mutant, case)
        if told is None:
            continue
        count += 1
        agreeing += not told
        killer = killer or (case.id if told else "")
        if killer and agreeing:
            break
    return Verdict(killer, agreeing, count)
