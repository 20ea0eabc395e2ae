"""affine: exact rational scale and offset for each channel."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import OPERATIONS, Affine, Quantize
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome


@given(calls("affine"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("affine", called) == twin_outcome("affine", called)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("relu", [False, True])
def test_every_small_word(rounding: Rounding, relu: bool) -> None:
    """Given all words of four bits and several lines, when mapped, then as the twin."""
    ratios = [(1, 1), (-3, 2), (1, 3), (7, 5), (0, 1)]
    for scale, offset in itertools.product(ratios, repeat=2):
        for frac, frac_out in ((0, 0), (2, 1), (-1, 2), (3, -1)):
            x = Format(True, 4, frac)
            params = Affine(
                scale_numerator=(scale[0],),
                scale_denominator=(scale[1],),
                offset_numerator=(offset[0],),
                offset_denominator=(offset[1],),
                relu=relu,
                rounding=rounding,
            )
            words = Tensor((16,), x, range(x.min, x.max + 1))
            called = Case(params, {"x": words}, {"out": Format(True, 4, frac_out)})
            assert spec_outcome("affine", called) == twin_outcome("affine", called)


def test_channels_lie_on_the_last_axis() -> None:
    """Given two lines, when a matrix is mapped, then each column has its own."""
    params = Affine.from_ratios([2, Fraction(1, 3)], [Fraction(-1, 2), 1])
    x = tensor("s8f1", [[3, 6], [-4, -9]])  # 1.5, 3 and -2, -4.5
    found = spec_outcome("affine", call(params, "s8f1", x=x))
    assert found == Outcome({"out": tensor("s8f1", [[5, 4], [-9, -1]])}, {})


def test_rounds_once() -> None:
    """Given thirds that cancel, when scaled and moved, then the result is exact."""
    params = Affine.from_ratios([Fraction(1, 3)], [Fraction(2, 3)])
    found = spec_outcome("affine", call(params, "s8f0", x=tensor("s8f0", [1, 2, 4])))
    assert found == Outcome(
        {"out": tensor("s8f0", [1, 1, 2])}, {"out": {Event.INEXACT: Count(1, 1)}}
    )


def test_relu_comes_first_and_is_no_event() -> None:
    """Given -8, when rectified first, then the offset alone is left, exactly."""
    x = tensor("s4f0", [-8, 7])
    for relu, words in ((True, [1, 15]), (False, [-15, 15])):
        params = Affine.from_ratios([2], [1], relu=relu)
        assert spec_outcome("affine", call(params, "s5f0", x=x)) == Outcome(
            {"out": tensor("s5f0", words)}, {}
        )


def test_without_offset_it_is_quantize() -> None:
    """Given a scale of 3/7 and no offset, when mapped, then as quantize, events too."""
    x = tensor("s8f3", [-128, -5, 0, 3, 127])
    mapped = spec_outcome("affine", call(Affine.from_ratios([Fraction(3, 7)], [0]), "s4f2", x=x))
    assert mapped == spec_outcome(
        "quantize", call(Quantize(numerator=3, denominator=7), "s4f2", x=x)
    )


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_channels_must_fit(shape: tuple[int, ...]) -> None:
    """Given two lines and no axis of two at the end, when mapped, then rejected."""
    x = Tensor(shape, Format(True, 8, 0), [0] * math.prod(shape))
    params = Affine.from_ratios([1, 2], [0, 0])
    assert spec_outcome("affine", call(params, "s8f0", x=x)) == Rejected(
        Reason.SHAPE_MISMATCH, f"affine: parameters of 2 channels do not fit shape {shape}"
    )


def test_result_out_of_range_is_rejected() -> None:
    """Given 8 in four bits, when overflow is reject, then the word is named."""
    line: dict[str, Any] = {
        "scale_numerator": (2,),
        "scale_denominator": (1,),
        "offset_numerator": (0,),
        "offset_denominator": (1,),
    }
    params = Affine(overflow=Overflow.REJECT, **line)
    assert spec_outcome("affine", call(params, "s4f0", x=tensor("s4f0", [3, 4]))) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 8 is outside s4f0 [-8, 7]"
    )


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            ((1, 2), (1,), (0,), (1,)),
            "affine: needs as many entries of each kind and at least one, found 2, 1, 1, 1",
        ),
        (
            ((), (), (), ()),
            "affine: needs as many entries of each kind and at least one, found 0, 0, 0, 0",
        ),
        (((1, 1), (1, 0), (0, 0), (1, 1)), "affine: scale_denominator must be at least 1, found 0"),
        (((1,), (1,), (0,), (-3,)), "affine: offset_denominator must be at least 1, found -3"),
    ],
)
def test_ratios_outside_their_set(entries: Any, message: str) -> None:
    """Given entries that are no line, when made, then they are rejected."""
    names = ("scale_numerator", "scale_denominator", "offset_numerator", "offset_denominator")
    given_fields: dict[str, Any] = dict(zip(names, entries, strict=True))
    assert rejection_of(lambda: Affine(**given_fields)) == Rejected(
        Reason.PARAMETER_INVALID, message
    )


def test_ratios_of_numbers_are_exact() -> None:
    """Given a float, a fraction and an integer, when taken over, then nothing is rounded."""
    assert Affine.from_ratios([0.1, Fraction(-2, 6), 3], [1.5, 0, -0.25], relu=True) == Affine(
        scale_numerator=(3602879701896397, -1, 3),
        scale_denominator=(36028797018963968, 3, 1),
        offset_numerator=(3, 0, -1),
        offset_denominator=(2, 1, 4),
        relu=True,
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_must_be_finite(value: float) -> None:
    """Given what is no number, when taken over, then it is named with its channel."""
    assert rejection_of(lambda: Affine.from_ratios([1.0, value], [0.0, 0.0])) == Rejected(
        Reason.NOT_A_NUMBER, f"affine: scale of channel 1 is {value}"
    )
    assert rejection_of(lambda: Affine.from_ratios([1.0], [value])) == Rejected(
        Reason.NOT_A_NUMBER, f"affine: offset of channel 0 is {value}"
    )


def test_signs() -> None:
    """Given lines, when the sign of the output is asked, then only non-negative parts keep it."""
    unsigned, signed = Format(False, 8, 0), Format(True, 8, 0)
    for scale, offset, relu, x, ports in (
        (1, 0, False, unsigned, {"out"}),
        (1, 0, True, signed, {"out"}),
        (1, 0, False, signed, set()),
        (-1, 0, True, signed, set()),
        (1, -1, False, unsigned, set()),
    ):
        params = Affine.from_ratios([1, scale], [0, offset], relu=relu)
        assert OPERATIONS["affine"].nonnegative(params, {"x": x}) == ports
