"""dense: fully connected layers along the last axis."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import Conv2d, Dense
from fxcaps.strategies import Case, calls
from fxcaps.types import (
    Accumulator,
    Check,
    Count,
    Event,
    Format,
    Overflow,
    Reason,
    Rounding,
    Tensor,
)
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, spec_outcome, twin_outcome
from tests.twin import Outcome


@given(calls("dense"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("dense", called) == twin_outcome("dense", called)


@pytest.mark.parametrize("check", Check)
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.WRAP])
@pytest.mark.parametrize("relu", [False, True])
def test_every_vector_of_two_small_words(check: Check, overflow: Overflow, relu: bool) -> None:
    """Given all vectors and rows of two 2-bit words, when multiplied, then as the twin."""
    x, register = Format(True, 2, 1), Format(True, 4 - (check is not Check.EXACT), 2)
    words = range(x.min, x.max + 1)
    pairs = [word for pair in itertools.product(words, repeat=2) for word in pair]
    params = Dense(
        relu=relu,
        accumulator=Accumulator(format=register, check=check, overflow=overflow),
        overflow=overflow,
        rounding=Rounding.TIES_TO_EVEN,
    )
    for bias in words:
        inputs = {
            "x": Tensor((16, 2), x, pairs),
            "weight": Tensor((16, 2), x, pairs),
            "bias": Tensor((16,), x, [bias] * 16),
        }
        called = Case(params, inputs, {"out": Format(True, 2, 1)})
        assert spec_outcome("dense", called) == twin_outcome("dense", called)


@pytest.mark.parametrize("lead", [(), (3,), (2, 1, 2), (0,), (2, 0)])
def test_leading_axes_stay(lead: tuple[int, ...]) -> None:
    """Given any leading axes, when multiplied, then each vector gives its own outputs."""
    size = math.prod(lead)
    x = Tensor((*lead, 2), Format(True, 8, 0), [k for k in range(size) for k in (k, 2 * k)])
    weight, bias = tensor("s8f0", [[1, 1], [10, -1], [0, 3]]), tensor("s8f0", [1, 2, 3])
    words = [word for k in range(size) for word in (3 * k + 1, 8 * k + 2, 6 * k + 3)]
    assert spec_outcome("dense", call(Dense(), "s16f0", x=x, weight=weight, bias=bias)) == Outcome(
        {"out": Tensor((*lead, 3), Format(True, 16, 0), words)}, {}
    )


@given(calls("dense"))
def test_is_a_convolution_of_one_position(called: Case) -> None:
    """Given any call, when its vectors are pixels and its rows 1 x 1 windows, then as conv2d."""
    params: Any = called.params
    x, weight = called.inputs["x"], called.inputs["weight"]
    channels, taps = weight.shape
    pixels = len(x.words) // taps
    if pixels:
        fields = dict(vars(params))
        inputs = dict(called.inputs) | {
            "x": Tensor((pixels, 1, taps), x.format, x.words),
            "weight": Tensor((channels, 1, 1, taps), weight.format, weight.words),
        }
        found = spec_outcome("dense", called)
        unfolded = spec_outcome("conv2d", called._replace(params=Conv2d(**fields), inputs=inputs))
        if isinstance(found, Outcome):
            assert isinstance(unfolded, Outcome)
            assert found.outputs["out"].words == unfolded.outputs["out"].words
            assert found.events == unfolded.events
        else:
            assert found == unfolded


def test_relu_comes_before_rounding_and_is_no_event() -> None:
    """Given -1/2 and 1/4, when rectified, then the zero is exact and not saturated."""
    x, weight = tensor("s4f1", [1]), tensor("s4f1", [[-2], [1]])
    called = call(Dense(relu=True, rounding=Rounding.FLOOR), "u4f1", x=x, weight=weight)
    assert spec_outcome("dense", called) == Outcome(
        {"out": tensor("u4f1", [0, 0])}, {"out": {Event.INEXACT: Count(1, 1)}}
    )


def test_products_are_added_in_order() -> None:
    """Given 7 + 7 - 7 in four saturating bits, when added per step, then order shows."""
    register = Accumulator(format=Format(True, 4, 0), check=Check.PER_STEP)
    x, weight = tensor("s4f0", [[7, 7, -7], [-7, 7, 7]]), tensor("s4f0", [[1, 1, 1]])
    found = spec_outcome("dense", call(Dense(accumulator=register), "s8f0", x=x, weight=weight))
    assert found == Outcome(
        {"out": tensor("s8f0", [[0], [7]])}, {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 0)}}
    )


def test_exact_accumulator_overflow_is_rejected() -> None:
    """Given a partial sum beyond an exact register, when multiplied, then the word is named."""
    params = Dense(accumulator=Accumulator(format=Format(True, 4, 0)))
    x, weight = tensor("s4f0", [[1], [4]]), tensor("s4f0", [[2]])
    assert spec_outcome("dense", call(params, "s8f0", x=x, weight=weight)) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[1]: partial sum 8 is outside the exact accumulator s4f0 [-8, 7]",
    )


def test_result_out_of_range_is_rejected() -> None:
    """Given a sum of 8, when s4 must hold it by reject, then the word is named."""
    x, weight = tensor("s4f0", [[1], [4]]), tensor("s4f0", [[2]])
    called = call(Dense(overflow=Overflow.REJECT), "s4f0", x=x, weight=weight)
    assert spec_outcome("dense", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 8 is outside s4f0 [-8, 7]"
    )
