"""Convolutional capsules in words, against the words of the published Q-CapsNets code.

Its truncation is `floor`, nothing saturates, and the agreement joins the logits unrounded: all of
that is a choice of parameters and formats here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fxcaps.ops import (
    Add,
    Agreement,
    ConvRouting,
    ConvVotes,
    RoutingIteration,
    SoftmaxAxes,
    SoftmaxExact,
    SquashExact,
    WeightedSum,
)
from fxcaps.oracle import evaluate
from fxcaps.types import Event, Format, Overflow, Rounding
from tests.support.recorded import INPUT_FRACTION, LAST, PAIRS, truncated, words

FLOOR: dict[str, Any] = {"rounding": Rounding.FLOOR, "overflow": Overflow.REJECT}
PART = RoutingIteration(
    softmax=SoftmaxExact(**FLOOR),
    weighted_sum=WeightedSum(**FLOOR),
    squash=SquashExact(**FLOOR),
    agreement=Agreement(**FLOOR),
    update=Add(**FLOOR),
)

CASES = [("conv3dcaps", SoftmaxAxes.JOINT, "w.conv.weight", number) for number in range(4)] + [
    ("conv_pixel_to_capsules", SoftmaxAxes.TYPES, "w.conv3d.weight", number) for number in range(4)
]


@pytest.mark.parametrize(("file", "axes", "weight", "number"), CASES)
def test_every_word_of_a_layer(file: str, axes: SoftmaxAxes, weight: str, number: int) -> None:
    """Given a recorded layer, when run in words, then each quantised tensor is the code's."""
    case = truncated(file)[number]
    act, routing = case.meta["act_bits"], case.meta["routing_bits"]
    weights = case.meta["weight_bits"]
    inputs = {
        "u": words(case.capsules, INPUT_FRACTION),
        "weight": words(case.votes_weight(weight), weights),
    }
    formats = {
        "u": Format(True, 24, INPUT_FRACTION),
        "weight": Format(True, 20, weights),
        "out": Format(True, 24, act),
    }
    if "w.conv.bias" in case.arrays:
        inputs["bias"] = words(case.capsule_bias("w.conv.bias")[None], weights)
        formats["bias"] = formats["weight"]
    votes = evaluate(ConvVotes(**case.window, **FLOOR), inputs, formats).outputs["out"]
    shape = (*votes.shape[:2], case.meta["co"], case.meta["no"], *votes.shape[2:4])
    recording = [(frac, after) for frac, _, after in case.calls]
    expected = words(recording[0][1].reshape(shape).transpose(LAST[6]), act)
    np.testing.assert_array_equal(votes, expected)

    iterations = case.meta["iterations"]
    params = ConvRouting(iterations=(PART,) * iterations, update_last=True, softmax_axes=axes)
    formats = {"votes": formats["out"], "bias": Format(True, 20, weights)}
    formats["b0"] = Format(True, 24, routing)
    for r in range(iterations):
        formats |= {
            f"c{r}": Format(False, 20, act),
            f"s{r}": Format(True, 24, routing),
            f"v{r}": Format(True, 20, act),
            f"a{r}": Format(True, 32, 2 * act),
            f"b{r + 1}": Format(True, 24, routing),
        }
    given = {"votes": votes, "bias": words(case.capsule_bias("w.bias"), weights)}
    made = evaluate(params, given, formats)
    ports = [f"{port}{r + (port == 'b')}" for r in range(iterations) for port in "csvb"]
    for port, (frac, after) in zip(ports, recording[1:], strict=True):
        axes_of = PAIRS if port[0] in "bc" else LAST[5]
        np.testing.assert_array_equal(made.outputs[port], words(after.transpose(axes_of), frac))
    assert not any(Event.INEXACT in made.events.get(f"a{r}", {}) for r in range(iterations))
