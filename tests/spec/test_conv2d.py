"""conv2d: convolution with bias and fused ReLU."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import Conv2d
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
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

IMAGE = tensor("s8f0", [[[1], [2], [3]], [[4], [5], [6]], [[7], [8], [9]]])
CROSS = tensor("s8f0", [[[[1], [10]], [[100], [-1]]]])


@pytest.mark.parametrize("algorithm", ["", "pulp"])
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("conv2d", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("conv2d", called) == twin_outcome("conv2d", called)

    check()


@pytest.mark.parametrize("check", Check)
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.WRAP])
def test_every_window_of_two_small_words(check: Check, overflow: Overflow) -> None:
    """Given all windows and kernels of two 2-bit words, when convolved, then as the twin."""
    x, register = Format(True, 2, 1), Format(True, 4 - (check is not Check.EXACT), 2)
    words = range(x.min, x.max + 1)
    image = [word for pair in itertools.product(words, repeat=2) for word in pair]
    params = Conv2d(
        accumulator=Accumulator(format=register, check=check, overflow=overflow),
        overflow=overflow,
        rounding=Rounding.TIES_TO_EVEN,
    )
    for kernel in itertools.product(words, repeat=2):
        inputs = {
            "x": Tensor((16, 2, 1), x, image),
            "weight": Tensor((1, 1, 2, 1), x, kernel),
            "bias": Tensor((1,), x, [kernel[0]]),
        }
        called = Case(params, inputs, {"out": Format(True, 2, 1)})
        assert spec_outcome("conv2d", called) == twin_outcome("conv2d", called)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (Conv2d(), [[[416], [526]], [[746], [856]]]),
        (Conv2d(stride=(2, 1)), [[[416], [526]]]),
        (Conv2d(stride=(1, 2)), [[[416]], [[746]]]),
        (Conv2d(stride=(3, 3), padding=(1, 0, 1, 0)), [[[-1]]]),
        (Conv2d(stride=(2, 2), padding=(0, 1, 0, 1)), [[[416], [603]], [[87], [9]]]),
        (Conv2d(stride=(2, 3), padding=(0, 1, 0, 2)), [[[416], [0]], [[87], [0]]]),
    ],
)
def test_stride_and_padding(params: Conv2d, words: list[list[list[int]]]) -> None:
    """Given 1..9 and a kernel that names its taps, when convolved, then by hand."""
    assert spec_outcome("conv2d", call(params, "s16f0", x=IMAGE, weight=CROSS)) == Outcome(
        {"out": tensor("s16f0", words)}, {}
    )


def test_axes_of_the_weight() -> None:
    """Given two channels in and two out, when convolved, then weight is (O, KH, KW, I)."""
    x = tensor("s8f0", [[[1, 2]]])
    weight = tensor("s8f0", [[[[3, 5]]], [[[7, -11]]]])
    bias = tensor("s8f-1", [50, -50])
    assert spec_outcome("conv2d", call(Conv2d(), "s9f0", x=x, weight=weight, bias=bias)) == (
        Outcome({"out": tensor("s9f0", [[[113, -115]]])}, {})
    )


def test_relu_comes_before_rounding_and_is_no_event() -> None:
    """Given -1/2 and -1/4, when rectified, then the zero is exact and not saturated."""
    x, weight = tensor("s4f1", [[[-1], [1]]]), tensor("s4f1", [[[[2]]], [[[1]]]])
    called = call(Conv2d(relu=True, rounding=Rounding.FLOOR), "u4f1", x=x, weight=weight)
    assert spec_outcome("conv2d", called) == Outcome(
        {"out": tensor("u4f1", [[[0, 0], [1, 0]]])}, {"out": {Event.INEXACT: Count(1, 3)}}
    )


def test_relu_follows_the_accumulator() -> None:
    """Given a wrapping register, when its sum wraps below zero, then ReLU makes it zero."""
    register = Accumulator(format=Format(True, 4, 0), check=Check.FINAL, overflow=Overflow.WRAP)
    x, weight = tensor("s4f0", [[[3]]]), tensor("s4f0", [[[[3]]]])
    params = Conv2d(relu=True, accumulator=register)
    assert spec_outcome("conv2d", call(params, "s8f0", x=x, weight=weight)) == Outcome(
        {"out": tensor("s8f0", [[[0]]])}, {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 0)}}
    )


def test_products_are_added_in_window_order() -> None:
    """Given 7 + 7 - 7 in four saturating bits, when added per step, then order shows."""
    register = Accumulator(format=Format(True, 4, 0), check=Check.PER_STEP)
    x = tensor("s4f0", [[[7, 7, -7], [-7, 7, 7]]])
    weight = tensor("s4f0", [[[[1, 1, 1]]]])
    params = Conv2d(accumulator=register)
    assert spec_outcome("conv2d", call(params, "s8f0", x=x, weight=weight)) == Outcome(
        {"out": tensor("s8f0", [[[0], [7]]])},
        {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 0)}},
    )


def test_exact_accumulator_overflow_is_rejected() -> None:
    """Given a partial sum beyond an exact register, when convolved, then the word is named."""
    params = Conv2d(accumulator=Accumulator(format=Format(True, 4, 0)))
    x, weight = tensor("s4f0", [[[1], [4]]]), tensor("s4f0", [[[[2]]]])
    assert spec_outcome("conv2d", call(params, "s8f0", x=x, weight=weight)) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[1]: partial sum 8 is outside the exact accumulator s4f0 [-8, 7]",
    )


def test_result_out_of_range_is_rejected() -> None:
    """Given a sum of 8, when s4 must hold it by reject, then the word is named."""
    x, weight = tensor("s4f0", [[[1], [4]]]), tensor("s4f0", [[[[2]]]])
    called = call(Conv2d(overflow=Overflow.REJECT), "s4f0", x=x, weight=weight)
    assert spec_outcome("conv2d", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 8 is outside s4f0 [-8, 7]"
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("stride", (0, 1), "stride must be at least 1, found (0, 1)"),
        ("stride", (1, -1), "stride must be at least 1, found (1, -1)"),
        ("padding", (0, 0, -1, 0), "padding must not be negative, found (0, 0, -1, 0)"),
    ],
)
def test_geometry_outside_its_set(field: str, value: tuple[int, ...], message: str) -> None:
    """Given a stride or padding that no window has, when made, then it is rejected."""
    geometry: dict[str, Any] = {field: value}
    assert rejection_of(lambda: Conv2d(**geometry)) == Rejected(
        Reason.PARAMETER_INVALID, f"conv2d: {message}"
    )
