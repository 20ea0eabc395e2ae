"""relu: the larger of a word and zero, moved to another format."""

from __future__ import annotations

import pytest
from hypothesis import given

from fxcaps.ops import Relu, Requantize
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, spec_outcome, twin_outcome
from tests.twin import Outcome


@given(calls("relu"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("relu", called) == twin_outcome("relu", called)


@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
@pytest.mark.parametrize("source", ["s1f0", "u2f-2", "s4f1", "s5f-1"])
def test_every_word_shift_and_mode(source: str, overflow: Overflow) -> None:
    """Given all words of small formats, when rectified into small formats, then as the twin."""
    x = Format.parse(source)
    every = Tensor((1 << x.width,), x, range(x.min, x.max + 1))
    for rounding in Rounding:
        params = Relu(rounding=rounding, overflow=overflow)
        for shift in range(-2, x.width + 2):
            for signed in (True, False):
                called = Case(params, {"x": every}, {"out": Format(signed, 3, x.frac - shift)})
                assert spec_outcome("relu", called) == twin_outcome("relu", called)


def test_what_it_clips_is_no_event() -> None:
    """Given words below zero, when rectified, then their zeros are exact and not saturated."""
    x = tensor("s8f4", [-128, -8, -1, 0, 8, 24, 127])
    found = spec_outcome("relu", call(Relu(rounding=Rounding.FLOOR), "u3f0", x=x))
    assert found == Outcome(
        {"out": tensor("u3f0", [0, 0, 0, 0, 0, 1, 7])}, {"out": {Event.INEXACT: Count(3, 4)}}
    )
    moved = spec_outcome("requantize", call(Requantize(rounding=Rounding.FLOOR), "u3f0", x=x))
    assert moved == Outcome(
        {"out": tensor("u3f0", [0, 0, 0, 0, 0, 1, 7])},
        {"out": {Event.INEXACT: Count(5, 1), Event.SATURATED: Count(3, 0)}},
    )


def test_rounds_after_the_maximum() -> None:
    """Given -1/16, when rounded away from zero, then it is zero: the maximum came first."""
    params = Relu(rounding=Rounding.AWAY_FROM_ZERO)
    found = spec_outcome("relu", call(params, "s8f0", x=tensor("s8f4", [-1, 1])))
    assert found == Outcome({"out": tensor("s8f0", [0, 1])}, {"out": {Event.INEXACT: Count(1, 1)}})


def test_result_out_of_range_is_rejected() -> None:
    """Given 8 in four bits, when overflow is reject, then it is named, and -9 is not."""
    called = call(Relu(overflow=Overflow.REJECT), "s4f0", x=tensor("s8f0", [-9, 8]))
    assert spec_outcome("relu", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 8 is outside s4f0 [-8, 7]"
    )
