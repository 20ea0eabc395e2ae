"""What a table of functions answers to the cases of the smoke tier, and how answers differ."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import FrameType
from typing import Any

from fxcaps.ops import require_function
from fxcaps.types import Format, Rejection
from fxcaps.vectors.call import Setup, call_of, tensors_of
from fxcaps.vectors.evaluate import Taps, events_json
from fxcaps.vectors.files import VectorSet
from fxcaps.vectors.make import MOST_TAPS, Kind, Tier
from fxcaps.vectors.numbers import read_integers, read_words

SECONDS = 2
"""After which a mutant counts as one that does not end; no case takes a tenth of it."""


class Told(StrEnum):
    """How an answer differs: the first that does, from what every device has to what few show."""

    WORDS = "words"
    VERDICT = "verdict"
    EVENTS = "events"
    TAPS = "taps"
    CRASH = "crash"
    """No answer at all: what is no mutant that runs."""

    ENDLESS = "endless"
    """Still at work after `SECONDS`; likewise."""


@dataclass(frozen=True)
class Question:
    """A case of the smoke tier.

    Args:
        id: of the case.
        setup: of the case.
        words: by port.
        image: index of the sample.
        answer: that of the specification: words, events, taps, or a reason.
        width: bits of the widest word that goes in or comes out.
    """

    id: str
    setup: Setup
    words: Mapping[str, list[int]]
    image: int
    answer: Mapping[str, Any]
    width: int


def questions(found: VectorSet) -> list[Question]:
    """All cases of the smoke tier but calls whose formats cannot be read."""
    made = []
    for entry in found.select(tier=Tier.SMOKE):
        file = found.read(entry)
        setups = {setup.name: setup for setup in file.setups}
        for case in file.cases:
            try:
                made.append(_question(setups[case["setup"]], case, file.kind))
            except Rejection:
                continue
    return made


def _question(setup: Setup, case: Mapping[str, Any], kind: Kind) -> Question:
    inputs, outputs = (
        {port: Format.parse(given["format"]) for port, given in side.items()}
        for side in (setup.inputs, setup.outputs)
    )
    words = {port: read_words(given, inputs[port], port) for port, given in case["in"].items()}
    answer: dict[str, Any] = {"reject": case.get("reject")}
    if "out" in case:
        out = {port: read_words(given, outputs[port], port) for port, given in case["out"].items()}
        answer |= {"out": out, "events": case["events"]}
        answer |= {"taps": read_integers(case.get("taps", {}))} if kind is Kind.EDGE else {}
    width = max(format.width for format in (*inputs.values(), *outputs.values()))
    return Question(case["id"], setup, words, case.get("image", 0), answer, width)


def asked(table: Any, question: Question) -> Told | None:
    """How the functions of a table differ from the specification on a case; `None` if they do not.

    What raises anything but a rejection has crashed.
    """
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        found = _answer(table, question)
    except TimeoutError:
        return Told.ENDLESS
    except Exception:  # noqa: BLE001 - a changed program raises anything
        return Told.CRASH
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    expected = question.answer
    if found.get("reject") != expected["reject"]:
        return Told.VERDICT
    for field, told in (("out", Told.WORDS), ("events", Told.EVENTS), ("taps", Told.TAPS)):
        if field in expected and found[field] != expected[field]:
            return told
    return None


def _answer(table: Any, question: Question) -> dict[str, Any]:
    log = Taps(image=question.image)
    try:
        call = call_of(question.setup)
        function = require_function(table, call.params)
        made = function(call.params, tensors_of(call, question.words), call.formats, log)
    except Rejection as rejection:
        return {"reject": rejection.reason.value}
    return {
        "out": {port: list(tensor.words) for port, tensor in made.items()},
        "events": events_json(log),
        "taps": {name: kept for name, kept in log.taps.items() if len(kept) <= MOST_TAPS},
    }


def _late(number: int, frame: FrameType | None) -> None:
    raise TimeoutError(f"signal {number} in {frame}")
