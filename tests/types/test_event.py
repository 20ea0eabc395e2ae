"""Events: counted by tensor and kind, with the first index."""

from __future__ import annotations

from fxcaps.types import Count, Event, Log


def test_names_are_the_published_ones() -> None:
    """Given the events, when named, then the names of vectors and reports stay as they are."""
    assert {event.value for event in Event} == {
        "saturated",
        "wrapped",
        "inexact",
        "accumulator_overflow",
    }


def test_counts_and_first_index() -> None:
    """Given events at ascending indices, when logged, then count and first index are kept."""
    log = Log()
    for index in (4, 7, 9):
        log.record("out", Event.INEXACT, index)
    log.record("out", Event.WRAPPED, 9)
    log.record("v0", Event.INEXACT, 0)
    assert log == Log(
        {
            "out": {Event.INEXACT: Count(3, 4), Event.WRAPPED: Count(1, 9)},
            "v0": {Event.INEXACT: Count(1, 0)},
        }
    )


def test_adopts_renamed_parts() -> None:
    """Given a part's log, when adopted, then its tensors are renamed and later apart."""
    part, log = Log(), Log()
    part.record("out", Event.SATURATED, 3)
    log.record("c0", Event.INEXACT, 1)
    log.adopt(part, {"out": "s0"})
    part.record("out", Event.SATURATED, 5)
    assert log == Log({"c0": {Event.INEXACT: Count(1, 1)}, "s0": {Event.SATURATED: Count(1, 3)}})


def test_adopts_nothing_from_silence() -> None:
    """Given a part without events, when adopted, then no tensor appears."""
    log = Log()
    log.adopt(Log(), {"out": "s0"})
    assert log == Log()
