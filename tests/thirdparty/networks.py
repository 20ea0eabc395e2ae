"""A small network with the toy operation in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fxcaps.network import Network, Step
from fxcaps.ops import find_parameters
from tests.network.build import small_network


def toy_network(**choices: Any) -> Network:
    """The small network with `leaky` between the primary convolution and its capsules."""
    network = small_network(**choices)
    leaky = Step(
        "primary.leaky",
        find_parameters("leaky", "")(),
        {"x": "primary.maps"},
        {"out": "primary.leaky"},
    )
    steps = []
    for step in network.steps:
        if step.name == "primary.capsules":
            steps += [leaky, replace(step, inputs={"x": "primary.leaky"})]
        else:
            steps.append(step)
    return replace(network, steps=tuple(steps))
