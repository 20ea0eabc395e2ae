"""Small networks, Programs and runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine import ENGINE
from fxcaps.network import Entry, Kind, Network, Program, Run, Step, Tables, Total, capsule_network
from fxcaps.ops import Arithmetic, Requantize
from fxcaps.quantize import HARDWARE, quantize_network
from fxcaps.real import REAL
from fxcaps.spec import SPEC
from fxcaps.types import Event, Format

ON_ENGINE = Tables(SPEC, ENGINE)
ON_SPEC = Tables(SPEC)


def small_architecture(*, routed: bool = False, iterations: int = 3, bias: bool = True) -> Network:
    """8 x 8 images, 2 channels, 2 primary types of 3, 3 classes of 2."""
    return capsule_network(
        "small",
        image=(8, 8, 1),
        channels=2,
        kernel=3,
        types=2,
        dim=3,
        stride=2,
        classes=3,
        dim_out=2,
        iterations=iterations,
        routed_primary=routed,
        capsule_bias=bias,
    )


def random_tensors(network: Network, seed: int = 0) -> dict[str, NDArray[np.float64]]:
    """Float tensors for everything that is trained, large enough that no output vanishes."""
    random = np.random.default_rng(seed)
    return {
        name: random.normal(0.0, 0.5, shape)
        for name, shape in network.expected.items()
        if name not in network.fixed
    }


def small_network(**choices: Any) -> Network:
    """The small architecture with random tensors."""
    network = small_architecture(**choices)
    return network.with_tensors(random_tensors(network))


def small_images(count: int = 5, seed: int = 1) -> NDArray[np.uint8]:
    """Random images for the small networks."""
    return np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 1), np.uint8)


def small_program(
    network: Network | None = None, *, width: Any = 6, arithmetic: Arithmetic = HARDWARE
) -> Program:
    """A small network in integers, calibrated with other images than `small_images()`."""
    network = network or small_network()
    return quantize_network(
        network, small_images(3, seed=2), REAL, width=width, arithmetic=arithmetic
    )


def one_step_program(params: Any = None, x: str = "s8f0", out: str = "s4f0") -> Program:
    """Two words an image, narrowed once; the formats are easy to follow by hand."""
    step = Step("narrow", params or Requantize(), {"x": "given"}, {"out": "made"})
    return Program(
        "one-step",
        (step,),
        {
            "given": Entry((2,), Format.parse(x), Kind.INPUT),
            "made": Entry((2,), Format.parse(out), Kind.COMPUTED),
        },
        {},
        ("made",),
    )


def with_step(program: Program, name: str, **changes: Any) -> tuple[Step, ...]:
    """The steps with one of them changed."""
    assert name in {step.name for step in program.steps}
    return tuple(replace(step, **changes) if step.name == name else step for step in program.steps)


def with_entry(program: Program, name: str, **changes: Any) -> dict[str, Entry]:
    """The tensor table with one line changed."""
    return dict(program.tensors) | {name: replace(program.tensors[name], **changes)}


Outcome = tuple[int, dict[str, tuple[str, Any]], Mapping[str, Mapping[Event, Total]]]


def outcome(run: Run) -> Outcome:
    """Everything that must be equal however a Program is run: images, words, events."""
    words = {name: (array.dtype.str, array.tolist()) for name, array in run.words.items()}
    return run.images, words, run.events
