"""conv_votes: votes of capsules on a grid, by convolution."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import Conv2d, ConvVotes, Reshape, Take, Transpose, Votes
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
from tests.support.light import LIGHT
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

GRID = tensor(
    "s8f0",
    [[[[1], [10]], [[2], [20]], [[3], [30]]], [[[4], [40]], [[5], [50]], [[6], [60]]]],
)
"""Rows 1 2 3 and 4 5 6 of type 0, ten times as much of type 1."""

CROSS = tensor("s8f0", [[[[[[1], [2]], [[100], [-1]]]]]])
"""A kernel of 2 x 2 that names its taps."""


@given(calls("conv_votes"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("conv_votes", called) == twin_outcome("conv_votes", called)


@pytest.mark.parametrize("check", Check)
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.WRAP])
def test_every_capsule_and_kernel_of_two_small_words(check: Check, overflow: Overflow) -> None:
    """Given all capsules and kernels of two 2-bit words, when they vote, then as the twin."""
    format, register = Format(True, 2, 1), Format(True, 4 - (check is not Check.EXACT), 2)
    vectors = list(itertools.product(range(format.min, format.max + 1), repeat=2))
    params = ConvVotes(
        accumulator=Accumulator(format=register, check=check, overflow=overflow),
        overflow=overflow,
        rounding=Rounding.TIES_TO_EVEN,
    )
    flat = [word for vector in vectors for word in vector]
    inputs = {
        "u": Tensor((4, 2, 2, 2), format, flat),
        "weight": Tensor((2, 4, 2, 1, 1, 2), format, flat),
        "bias": Tensor((2, 4, 2), format, flat[8:24]),
    }
    called = Case(params, inputs, {"out": format})
    assert spec_outcome("conv_votes", called) == twin_outcome("conv_votes", called)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (ConvVotes(), [[400], [502]]),
        (ConvVotes(stride=(1, 2)), [[400]]),
        (ConvVotes(stride=(2, 1), padding=(1, 0, 0, 1)), [[98], [197], [300]]),
        (ConvVotes(stride=(9, 3), padding=(0, 1, 1, 0)), [[-2]]),
    ],
)
def test_stride_and_padding(params: ConvVotes, words: list[list[int]]) -> None:
    """Given a grid and a kernel that name themselves, when they vote, then by hand.

    The window on 1 2 / 4 5 is 1 + 4 + 400 - 5; type 1 gives ten times that.
    """
    columns = [[[word]] for (word,) in words]
    tenfold = [[[10 * word]] for (word,) in words]
    assert spec_outcome("conv_votes", call(params, "s16f0", u=GRID, weight=CROSS)) == Outcome(
        {"out": tensor("s16f0", [[columns], [tenfold]])}, {}
    )


def test_kernels_repeat_over_types() -> None:
    """Given four types and two kernels with biases, when they vote, then type i takes i mod 2."""
    u = tensor("s8f0", [[[[1], [2], [3], [4]]]])
    weight = tensor("s8f0", [[[[[[1]]]]], [[[[[10]]]]]])
    bias = tensor("s8f-1", [[[50]], [[-50]]])
    assert spec_outcome("conv_votes", call(ConvVotes(), "s9f0", u=u, weight=weight, bias=bias)) == (
        Outcome({"out": tensor("s9f0", [[[[[101]]]], [[[[-80]]]], [[[[103]]]], [[[[-60]]]]])}, {})
    )


def test_axes_of_weight_and_output() -> None:
    """Given two output types of three components, when voted for, then types run before them."""
    u = tensor("s8f0", [[[[1, 10]]]])
    weight = tensor(
        "s4f0", [[[[[[1, 2]]], [[[3, 4]]], [[[5, 6]]]], [[[[7, 1]]], [[[2, 3]]], [[[4, -5]]]]]]
    )
    assert spec_outcome("conv_votes", call(ConvVotes(), "s16f0", u=u, weight=weight)) == Outcome(
        {"out": tensor("s16f0", [[[[[21, 43, 65], [17, 32, -46]]]]])}, {}
    )


def test_products_are_added_in_window_order() -> None:
    """Given 7 + 7 - 7 in four saturating bits, when added per step, then order shows."""
    register = Accumulator(format=Format(True, 4, 0), check=Check.PER_STEP)
    u = tensor("s4f0", [[[[7, 7]]], [[[-7, 0]]]])
    weight = tensor("s4f0", [[[[[[1, 1]], [[1, 1]]]]]])
    params = ConvVotes(accumulator=register)
    assert spec_outcome("conv_votes", call(params, "s8f0", u=u, weight=weight)) == Outcome(
        {"out": tensor("s8f0", [[[[[0]]]]])},
        {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 0)}},
    )


@LIGHT
@given(calls("conv_votes"))
def test_is_a_convolution_of_every_type(called: Case) -> None:
    """Given any call without rejection, when each type is convolved alone, then it is its vote."""
    params: Any = called.params
    found = spec_outcome("conv_votes", called)
    u, weight = called.inputs["u"], called.inputs["weight"]
    kernels, capsules, dim, *taps = weight.shape
    whole: list[int] = []
    for i in range(u.shape[2]):
        moved = Case(Take(axis=2, indices=(i,)), {"x": u}, {"out": u.format})
        own = _moved(moved)
        own = Tensor((*u.shape[:2], u.shape[3]), u.format, own.words)
        size = len(weight.words) // kernels
        rows = weight.words[i % kernels * size : (i % kernels + 1) * size]
        inputs = {"x": own, "weight": Tensor((capsules * dim, *taps), weight.format, rows)}
        if "bias" in called.inputs:
            bias = called.inputs["bias"]
            start = i % kernels * capsules * dim
            words = bias.words[start : start + capsules * dim]
            inputs["bias"] = Tensor((capsules * dim,), bias.format, words)
        modes = {name: getattr(params, name) for name in ("accumulator", "rounding", "overflow")}
        convolved = Conv2d(stride=params.stride, padding=params.padding, **modes)
        alone = spec_outcome("conv2d", Case(convolved, inputs, called.formats))
        if isinstance(alone, Rejected):
            assert isinstance(found, Rejected)
            assert found.reason == alone.reason
            return
        whole += alone.outputs["out"].words
    assert isinstance(found, Outcome)
    assert found.outputs["out"].words == whole


def _moved(called: Case) -> Tensor:
    """What a layout makes."""
    made = spec_outcome("layout", called)
    assert isinstance(made, Outcome)
    return made.outputs["out"]


def test_one_position_is_votes() -> None:
    """Given a grid of one position and a kernel each, when voted, then as without a grid."""
    u = tensor("s8f3", [[[[1, 10], [100, -1], [7, 9]]]])
    words = list(range(-12, 12))
    weight = Tensor((3, 2, 2, 1, 1, 2), Format(True, 8, 4), words)
    grid = spec_outcome("conv_votes", call(ConvVotes(), "s8f2", u=u, weight=weight))
    flat = spec_outcome(
        "votes",
        call(
            Votes(),
            "s8f2",
            u=Tensor((3, 2), u.format, u.words),
            weight=Tensor((3, 2, 2, 2), weight.format, words),
        ),
    )
    assert isinstance(grid, Outcome)
    assert isinstance(flat, Outcome)
    assert grid.outputs["out"].words == flat.outputs["out"].words
    assert grid.events == flat.events != {}


def test_memory_order_of_the_published_keras_code() -> None:
    """Given a grid (H, W, I, D), when read as (I, D, H, W), then layout moves words like that."""
    u = Tensor((2, 3, 2, 2), Format(True, 8, 0), list(range(24)))
    read = _moved(Case(Reshape(shape=(2, 2, 2, 3)), {"x": u}, {"out": u.format}))
    moved = _moved(Case(Transpose(axes=(2, 3, 0, 1)), {"x": read}, {"out": u.format}))
    assert moved.shape == u.shape
    # word (i, d, h, w) of the reading stands at ((i * 2 + d) * 2 + h) * 3 + w
    expected = [
        ((i * 2 + d) * 2 + h) * 3 + w
        for h, w, i, d in itertools.product(range(2), range(3), range(2), range(2))
    ]
    assert moved.words == expected


def test_exact_accumulator_overflow_is_rejected() -> None:
    """Given a partial sum beyond an exact register, when voted, then the word is named."""
    params = ConvVotes(accumulator=Accumulator(format=Format(True, 4, 0)))
    u, weight = tensor("s4f0", [[[[1]], [[4]]]]), tensor("s4f0", [[[[[[2]]]]]])
    assert spec_outcome("conv_votes", call(params, "s8f0", u=u, weight=weight)) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[1]: partial sum 8 is outside the exact accumulator s4f0 [-8, 7]",
    )


def test_vote_out_of_range_is_rejected() -> None:
    """Given a vote of 8, when s4 must hold it by reject, then the word is named."""
    u, weight = tensor("s4f0", [[[[1]], [[4]]]]), tensor("s4f0", [[[[[[2]]]]]])
    called = call(ConvVotes(overflow=Overflow.REJECT), "s4f0", u=u, weight=weight)
    assert spec_outcome("conv_votes", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 8 is outside s4f0 [-8, 7]"
    )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("stride", (0, 1), "stride must be at least 1, found (0, 1)"),
        ("padding", (0, 0, 0, -2), "padding must not be negative, found (0, 0, 0, -2)"),
    ],
)
def test_geometry_outside_its_set(field: str, value: tuple[int, ...], message: str) -> None:
    """Given a stride or padding that no window has, when made, then it is rejected."""
    geometry: dict[str, Any] = {field: value}
    assert rejection_of(lambda: ConvVotes(**geometry)) == Rejected(
        Reason.PARAMETER_INVALID, f"conv_votes: {message}"
    )
