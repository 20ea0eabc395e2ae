"""Convolutional capsules in float64, against what the published Q-CapsNets code computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fxcaps.ops import (
    Conv2d,
    ConvRouting,
    ConvVotes,
    Reshape,
    RoutingIteration,
    SoftmaxAxes,
    SquashExact,
)
from fxcaps.ops.conv_routing import CONV_ROUTING
from fxcaps.real import REAL
from fxcaps.real.values import Reals
from tests.support.floats import assert_close
from tests.support.recorded import LAST, PAIRS, Floats, Recorded, recorded

CLOSE = 1e-12
"""Both sides are float64 and sum fewer than a thousand products below 4."""


def real(params: Any, **inputs: Any) -> Any:
    """The one output of an operation."""
    return REAL[params.operation](params, inputs)["out"]


def ours(values: Floats, *, pairs: bool = False) -> Floats:
    """A recorded tensor with its axes in our order."""
    return np.ascontiguousarray(values.transpose(PAIRS if pairs else LAST[values.ndim]))


@pytest.mark.parametrize("number", range(12))
def test_capsules_by_convolution(number: int) -> None:
    """Given a recorded Conv2DCaps, when made by conv2d, reshape and squash, then it is that."""
    case = recorded("conv2dcaps")[number]
    (_, before, sums), (_, squashed, _) = case.calls
    x = case.capsules
    maps = real(Reshape(shape=(*x.shape[1:3], x.shape[3] * x.shape[4])), x=x)
    weight = np.ascontiguousarray(case.arrays["w.conv.weight"].transpose(0, 2, 3, 1))
    made = real(Conv2d(**case.window), x=maps, weight=weight, bias=case.arrays["w.conv.bias"])
    shape = (*made.shape[1:3], case.meta["co"], case.meta["no"])
    assert_close(real(Reshape(shape=shape), x=made), ours(before), CLOSE)
    assert_close(real(SquashExact(), x=ours(sums)), ours(squashed), CLOSE)


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize(
    ("file", "weight", "bias", "axes"),
    [
        ("conv3dcaps", "w.conv.weight", "w.bias", SoftmaxAxes.JOINT),
        ("conv_pixel_to_capsules", "w.conv3d.weight", "w.bias", SoftmaxAxes.TYPES),
    ],
)
def test_votes_and_every_part_of_the_routing(
    number: int, file: str, weight: str, bias: str, axes: SoftmaxAxes
) -> None:
    """Given a recorded layer, when each part reads recorded words, then it makes what is recorded.

    The code quantises between the parts, so that each is compared by itself.
    """
    case = recorded(file)[number]
    votes = _check_votes(case, weight)
    kept = {"votes": votes, "bias": case.capsule_bias(bias)}
    params = ConvRouting(
        iterations=(RoutingIteration(),) * case.meta["iterations"],
        update_last=True,
        softmax_axes=axes,
    )
    recording = iter(case.calls[1:])
    shapes = {port: array.shape[port == "votes" :] for port, array in kept.items()}
    shapes |= CONV_ROUTING.shapes(params, shapes)
    known: Reals = kept | {"b0": np.zeros((len(votes), *shapes["b0"]))}
    for part in CONV_ROUTING.parts(params, kept):
        seen = CONV_ROUTING.part_shapes(params, part, shapes)
        given = {
            port: known[source].reshape(-1, *seen[port]) for port, source in part.inputs.items()
        }
        if "bias" in given:
            given["bias"] = kept["bias"]
        target = part.outputs["out"]
        made = known[target] = real(part.params, **given).reshape(-1, *shapes[target])
        if target[0] != "a":  # the code adds the agreement as it is
            _, expected, quantised = next(recording)
            pairs = target[0] in "bc"
            assert_close(made, ours(expected, pairs=pairs), CLOSE, target)
            known[target] = ours(quantised, pairs=pairs)
    assert next(recording, None) is None
    assert_close(known[f"v{case.meta['iterations'] - 1}"], ours(case.arrays["out"]), 0.0)


def _check_votes(case: Recorded, weight: str) -> Floats:
    """Compare the votes before quantisation; returns them quantised."""
    inputs = {"u": case.capsules, "weight": case.votes_weight(weight)}
    if "w.conv.bias" in case.arrays:
        inputs["bias"] = case.capsule_bias("w.conv.bias")[None]
    made = real(ConvVotes(**case.window), **inputs)
    types, dim = case.meta["co"], case.meta["no"]
    shape = (*made.shape[:2], types, dim, *made.shape[2:4])
    _, before, after = case.calls[0]
    assert_close(made, ours(before.reshape(shape)), CLOSE)
    return ours(after.reshape(shape))
