"""Which case tells each mechanical mutant, if any."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

from tests.mutants.answers import Question, Told, asked
from tests.mutants.mechanical import COPY, Mechanical
from tests.mutants.reloaded import table_of

SMALL = 16
"""Bits of the words of a case that is small; every mutant should be told by such a one."""

PATIENCE = 5
"""Cases in which a mutant may fail to end before the others are left out."""

_STRONG = (Told.WORDS, Told.VERDICT)


class Finding(NamedTuple):
    """How a mutant fared.

    Args:
        told: how it is told; `CRASH` where it never runs, `None` where no case tells it.
        case: id of the case that tells it.
    """

    told: Told | None
    case: str


class Survey:
    """Asks mutants one after another; what told one is asked first of the next."""

    def __init__(self, questions: Sequence[Question]) -> None:
        mixed = sorted(questions, key=lambda question: question.id)
        random.Random(0).shuffle(mixed)  # noqa: S311 - an order, the same every time
        mixed.sort(key=lambda question: question.width > SMALL)
        self.callers: dict[tuple[str, str], list[Question]] = {}
        table = table_of({})
        for question in mixed:
            for function in _called(table, question):
                self.callers.setdefault(function, []).append(question)
        self.all = mixed

    def order(self, mutant: Mechanical) -> list[Question]:
        """The cases that call the function that is changed, the most promising first."""
        function = mutant.function
        return self.all if function == "module" else self.callers.get((mutant.module, function), [])

    def ask(self, mutant: Mechanical) -> Finding:
        """The first case that tells a mutant by words or verdict, or else by less."""
        try:
            table = table_of({mutant.module: mutant.code()})
        except Exception:  # noqa: BLE001 - a changed module may not even load
            return Finding(Told.CRASH, "")
        weak: dict[Told, Question] = {}
        late = 0
        order = self.order(mutant)
        for question in order:
            told = asked(table, question)
            if told in _STRONG:
                if question.width <= SMALL:
                    order.insert(0, order.pop(order.index(question)))
                return _finding(told, question)
            if told is not None:
                weak.setdefault(told, question)
            late += told is Told.ENDLESS
            if late == PATIENCE:
                break
        for told in (Told.EVENTS, Told.TAPS, Told.CRASH, Told.ENDLESS):
            if told in weak:
                return _finding(told, weak[told])
        return Finding(None, "")


def _called(table: Any, question: Question) -> set[tuple[str, str]]:
    """Module and name of every function of the specification that a case calls."""
    found: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            found.add(frame.f_code)

    sys.setprofile(note)
    try:
        asked(table, question)
    finally:
        sys.setprofile(None)
    own = [(Path(code.co_filename), code.co_name) for code in found]
    return {(path.stem, name) for path, name in own if path.parent == COPY}


def _finding(told: Told, question: Question) -> Finding:
    return Finding(told, question.id)
