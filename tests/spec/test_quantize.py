"""quantize: integers scaled by an exact rational."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import Quantize
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome


@given(calls("quantize"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("quantize", called) == twin_outcome("quantize", called)


@pytest.mark.parametrize("rounding", Rounding)
def test_every_small_word(rounding: Rounding) -> None:
    """Given all words of five bits and several scales, when quantised, then as the twin."""
    for signed, frac, frac_out in itertools.product([True, False], [-2, 0, 3], [-1, 0, 2, 4]):
        x = Format(signed, 5, frac)
        words = Tensor((32,), x, range(x.min, x.max + 1))
        for numerator, denominator in [(1, 1), (1, 31), (3, 2), (1, 6), (7, 5)]:
            params = Quantize(numerator=numerator, denominator=denominator, rounding=rounding)
            called = Case(params, {"x": words}, {"out": Format(True, 4, frac_out)})
            assert spec_outcome("quantize", called) == twin_outcome("quantize", called)


def test_pixels_of_eight_bits() -> None:
    """Given pixels that stand for x / 255, when quantised to u8f8, then 255 saturates."""
    called = call(Quantize(denominator=255), "u8f8", x=tensor("u8f0", [0, 1, 127, 128, 254, 255]))
    assert spec_outcome("quantize", called) == Outcome(
        {"out": tensor("u8f8", [0, 1, 127, 129, 255, 255])},
        {"out": {Event.INEXACT: Count(4, 1), Event.SATURATED: Count(1, 5)}},
    )


def test_a_pixel_out_of_range_is_rejected() -> None:
    """Given a pixel of 1.0, when u8f8 must hold it by reject, then the word is named."""
    params = Quantize(denominator=255, overflow=Overflow.REJECT)
    called = call(params, "u8f8", x=tensor("u8f0", [254, 255]))
    assert spec_outcome("quantize", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 256 is outside u8f8 [0, 255]"
    )


@pytest.mark.parametrize("field", ["numerator", "denominator"])
@pytest.mark.parametrize("value", [0, -1])
def test_scale_must_be_positive(field: str, value: int) -> None:
    """Given a scale that is not positive, when made, then it is rejected by name."""
    scale: dict[str, Any] = {field: value}
    assert rejection_of(lambda: Quantize(**scale)) == Rejected(
        Reason.PARAMETER_INVALID, f"quantize: {field} must be at least 1, found {value}"
    )
