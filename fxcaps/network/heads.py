"""Capsule heads on the features of a pruned backbone (Renzulli and Grangetto 2022)."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from fxcaps.network.network import Network
from fxcaps.network.step import Step
from fxcaps.ops import (
    Add,
    Agreement,
    ArgmaxWords,
    Conv2d,
    DynamicRouting,
    EpsilonAt,
    Length,
    Parameters,
    Reshape,
    RoutingIteration,
    SoftmaxExact,
    SquashExact,
    Transpose,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.types import Format, Shape, Signature

DIM, DIM_OUT = 8, 16
"""Components of a primary and of a class capsule in the paper."""

FEATURES = Format(signed=False, width=8, frac=4)
"""Features from 0 to 15.9375, which a ReLU leaves; a choice of ours."""


class Normalised(StrEnum):
    """What the couplings of routing add up to 1 over."""

    OUTPUTS = "outputs"
    """The class capsules, for each primary capsule: Sabour et al. 2017, procedure 1."""

    INPUTS = "inputs"
    """The primary capsules, for each class capsule: what the code of Renzulli and Grangetto does
    (`dynamic_routing` in `src/ops/caps_utils.py`)."""


def pruned_head(
    name: str,
    *,
    features: tuple[int, int, int],
    classes: int,
    types: int | None = None,
    iterations: int = 3,
    format: Format = FEATURES,
    normalised: Normalised = Normalised.INPUTS,
    shared: bool = False,
    epsilon: tuple[int, int] = (1, 10**6),
) -> Network:
    """Primary capsules on a grid of one place, class capsules: the head of the paper's networks.

    Args:
        name: of the architecture.
        features: height, width, channels of what the backbone gives after its ReLU; the primary
            convolution's window covers all of it.
        classes: class capsules.
        types: primary capsule types of 8 components; a type for every 8 channels by default:
            2048, 1970, 1947 and 944 channels of ResNet-50 give 256, 246, 243 and 118.
        iterations: of routing, with a bias for the class capsules.
        format: of the features, which come in as words.
        normalised: what couplings add up to 1 over; over the primary capsules, routing is written
            out in flat steps.
        shared: all primary capsules use the same matrices, `transform_share` in the code.
        epsilon: numerator and denominator, inside the root of every squash.

    Source: arXiv 2208.09203 and github.com/EIDOSLAB/towards-efficient-capsule-networks.
    """
    count = features[2] // DIM if types is None else types
    squash = SquashExact(epsilon=epsilon, epsilon_at=EpsilonAt.ROOT)
    expected: dict[str, Shape] = {
        "primary.weight": (count * DIM, *features),
        "primary.bias": (count * DIM,),
        "digit.weight": (1 if shared else count, classes, DIM_OUT, DIM),
        "digit.bias": (classes, DIM_OUT),
    }
    fixed = {}
    weights = {"x": "features", "weight": "primary.weight", "bias": "primary.bias"}
    routing: tuple[Step, ...]
    if normalised is Normalised.OUTPUTS:
        routing = (_routing(iterations, squash),)
    else:
        routing = _over_inputs(iterations, squash)
        expected["digit.t0"] = (classes, count)
        fixed["digit.t0"] = np.zeros((classes, count))
    steps = (
        _step("primary.conv", Conv2d(), weights, "primary.maps"),
        _step("primary.capsules", Reshape(shape=(count, DIM)), {"x": "primary.maps"}, "primary.s"),
        _step("primary", squash, {"x": "primary.s"}, "primary"),
        _step("votes", Votes(), {"u": "primary", "weight": "digit.weight"}, "digit.votes"),
        *routing,
        _step("length", Length(), {"x": f"digit.v{iterations - 1}"}, "length"),
        _step("class", ArgmaxWords(), {"x": "length"}, "class"),
    )
    inputs = {"features": Signature(features, format)}
    outputs = ("length", "class")
    return Network(name, inputs, steps, outputs, expected, frozenset(fixed), fixed)


def _step(name: str, params: Parameters, inputs: dict[str, str], output: str) -> Step:
    return Step(name, params, inputs, {"out": output})


def _routing(iterations: int, squash: SquashExact) -> Step:
    iteration = replace(RoutingIteration(), squash=squash)
    params = DynamicRouting(iterations=(iteration,) * iterations)
    outputs = {port: f"digit.{port}" for port in operation_of(params).outputs(params)}
    return Step("digit", params, {"votes": "digit.votes", "bias": "digit.bias"}, outputs)


def _over_inputs(iterations: int, squash: SquashExact) -> tuple[Step, ...]:
    """Routing in flat steps; `t{r} (J, I)` are the logits with primary capsules last."""
    turn = Transpose(axes=(1, 0))
    steps: list[Step] = []
    for r in range(iterations):
        sums = {"c": f"digit.c{r}", "votes": "digit.votes", "bias": "digit.bias"}
        pairs = {"votes": "digit.votes", "v": f"digit.v{r}"}
        updates = {"a": f"digit.t{r}", "b": f"digit.a{r}.t"}
        steps += [
            _step(f"digit.softmax{r}", SoftmaxExact(), {"x": f"digit.t{r}"}, f"digit.c{r}.t"),
            _step(f"digit.coupling{r}", turn, {"x": f"digit.c{r}.t"}, f"digit.c{r}"),
            _step(f"digit.weighted_sum{r}", WeightedSum(), sums, f"digit.s{r}"),
            _step(f"digit.squash{r}", squash, {"x": f"digit.s{r}"}, f"digit.v{r}"),
        ]
        if r + 1 < iterations:
            steps += [
                _step(f"digit.agreement{r}", Agreement(), pairs, f"digit.a{r}"),
                _step(f"digit.turned{r}", turn, {"x": f"digit.a{r}"}, f"digit.a{r}.t"),
                _step(f"digit.update{r}", Add(), updates, f"digit.t{r + 1}"),
            ]
    return tuple(steps)
