"""requantize: a power-of-two move between formats."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given

from fxcaps.ops import Requantize
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, spec_outcome, twin_outcome
from tests.twin import Outcome

TARGETS = [(True, 1), (False, 1), (True, 3), (False, 4), (True, 7)]


@given(calls("requantize"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("requantize", called) == twin_outcome("requantize", called)


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("source", ["s1f0", "u1f-2", "s3f1", "u3f5", "s5f-1"])
def test_every_word_shift_and_mode(source: str, overflow: Overflow) -> None:
    """Given all words of small formats and shifts from -3 to beyond the width, then as twin."""
    x = Format.parse(source)
    for called in _moves(x, overflow):
        assert spec_outcome("requantize", called) == twin_outcome("requantize", called)


def _moves(x: Format, overflow: Overflow) -> Iterator[Case]:
    """Moves of every word of `x`; with `reject` one by one, as the first one ends a call."""
    every = Tensor((1 << x.width,), x, range(x.min, x.max + 1))
    singles = [Tensor((), x, [word]) for word in every.words]
    for signed, width in TARGETS:
        if overflow is Overflow.SATURATE_SYMMETRIC and signed and width == 1:
            continue
        for shift in range(-3, x.width + 4):
            out = Format(signed, width, x.frac - shift)
            for rounding in Rounding:
                params = Requantize(rounding=rounding, overflow=overflow)
                for moved in singles if overflow is Overflow.REJECT else [every]:
                    yield Case(params, {"x": moved}, {"out": out})


@pytest.mark.parametrize(
    ("overflow", "word", "event"),
    [
        (Overflow.SATURATE, 31, Event.SATURATED),
        (Overflow.SATURATE_SYMMETRIC, 31, Event.SATURATED),
        (Overflow.SATURATE_TO_ZERO, 0, Event.SATURATED),
        (Overflow.WRAP, -32, Event.WRAPPED),
    ],
)
def test_rounding_carries_out(overflow: Overflow, word: int, event: Event) -> None:
    """Given 7.96875, when moved to s6f2, then it is 7.75 saturated and -8.0 wrapped."""
    called = call(Requantize(overflow=overflow), "s6f2", x=tensor("s9f5", [0, 255]))
    assert spec_outcome("requantize", called) == Outcome(
        {"out": tensor("s6f2", [0, word])},
        {"out": {Event.INEXACT: Count(1, 1), event: Count(1, 1)}},
    )


def test_rounding_carries_out_and_is_rejected() -> None:
    """Given 7.96875, when s6f2 must hold it by reject, then the rounded value is named."""
    called = call(Requantize(overflow=Overflow.REJECT), "s6f2", x=tensor("s9f5", [255]))
    assert spec_outcome("requantize", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[0]: 32 is outside s6f2 [-32, 31]"
    )


@pytest.mark.parametrize(
    ("rounding", "by_width", "beyond"),
    [
        # -128, -127, -1, 1, 127 of s8, shifted by 8 (the first a tie) and by 9
        (Rounding.FLOOR, [-1, -1, -1, 0, 0], [-1, -1, -1, 0, 0]),
        (Rounding.CEIL, [0, 0, 0, 1, 1], [0, 0, 0, 1, 1]),
        (Rounding.TOWARD_ZERO, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        (Rounding.AWAY_FROM_ZERO, [-1, -1, -1, 1, 1], [-1, -1, -1, 1, 1]),
        (Rounding.TIES_TO_POS_INF, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        (Rounding.TIES_TO_NEG_INF, [-1, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        (Rounding.TIES_AWAY, [-1, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        (Rounding.TIES_TO_ZERO, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        (Rounding.TIES_TO_EVEN, [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        (Rounding.TIES_TO_ODD, [-1, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        (Rounding.JAM, [-1, -1, -1, 1, 1], [-1, -1, -1, 1, 1]),
    ],
)
def test_shift_by_the_width_and_beyond(
    rounding: Rounding, by_width: list[int], beyond: list[int]
) -> None:
    """Given words of s8, when 8, 9 or 200 bits drop, then only rounding decides."""
    words = [-128, -127, -1, 1, 127]
    for frac, expected in ((8, by_width), (9, beyond), (200, beyond)):
        called = call(Requantize(rounding=rounding), "s8f0", x=tensor(f"s8f{frac}", words))
        assert spec_outcome("requantize", called) == Outcome(
            {"out": tensor("s8f0", expected)}, {"out": {Event.INEXACT: Count(5, 0)}}
        )


def test_left_shift_beyond_the_width() -> None:
    """Given words of s8, when shifted left by 200, then wrap drops all and saturate clips."""
    x = tensor("s8f-200", [-1, 0, 1])
    wrapped = spec_outcome("requantize", call(Requantize(overflow=Overflow.WRAP), "s8f0", x=x))
    assert wrapped == Outcome(
        {"out": tensor("s8f0", [0, 0, 0])}, {"out": {Event.WRAPPED: Count(2, 0)}}
    )
    clipped = spec_outcome("requantize", call(Requantize(), "s8f0", x=x))
    assert clipped == Outcome(
        {"out": tensor("s8f0", [-128, 0, 127])}, {"out": {Event.SATURATED: Count(2, 0)}}
    )


def test_scalars_and_empty_tensors() -> None:
    """Given a scalar and an empty tensor, when moved, then their shapes are kept."""
    for x in (tensor("s4f0", 3), Tensor((2, 0), Format(True, 4, 0), [])):
        assert spec_outcome("requantize", call(Requantize(), "s4f0", x=x)) == Outcome(
            {"out": x}, {}
        )
