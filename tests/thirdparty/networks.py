"""A small network with the toy operation in it, as a Program, and a profile of the toy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from fxcaps.network import Network, Program, Step
from fxcaps.ops import Arithmetic, find_parameters
from fxcaps.profiles import load_profile
from fxcaps.quantize import quantize_network
from fxcaps.real import REAL
from tests.network.build import small_images, small_network

MAX_NORM = Arithmetic(algorithms={"squash": "max_norm", "softmax": "lut"})


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


def toy_program(**options: Any) -> Program:
    """The toy network in 6-bit words, every squash the toy's."""
    given: dict[str, Any] = {"width": 6, "arithmetic": MAX_NORM} | options
    return quantize_network(toy_network(), small_images(3, seed=2), REAL, **given)


def profile_file(directory: Path) -> Path:
    """A profile of one's own with the toy's squash and its operation in it."""
    data = json.loads(json.dumps(load_profile("fxcaps-hardware").data))
    modes = {"rounding": "floor", "overflow": "saturate"}
    data["name"] = "toy"
    data["operations"]["squash"] = {
        "params": {"op": "squash", "algorithm": "max_norm"} | modes,
        "fitted": [],
    }
    data["operations"]["leaky"] = {"params": {"op": "leaky"} | modes, "fitted": []}
    path = directory / "toy.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path
