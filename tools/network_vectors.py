"""The sources of network vectors: Programs and images, which sets of vectors are made from.

Usage: python -m tools.network_vectors DIRECTORY

Calibration computes in floats, so that a Program may differ between machines; the words that a
Program computes may not. The Programs are therefore data of the set and not made anew with it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fxcaps
from fxcaps.network import (
    Network,
    Program,
    Step,
    capsule_cell,
    capsule_network,
    save_program,
    with_parameters,
)
from fxcaps.network.parts import PIXELS
from fxcaps.ops import (
    ArgmaxWords,
    Conv2d,
    ConvRouting,
    Length,
    Quantize,
    Reshape,
    RoutingIteration,
)
from fxcaps.types import Shape, Signature
from fxcaps.vectors.network import INPUT, PROGRAM
from fxcaps.vectors.stream import Stream

MIXED: Mapping[str, int] = {
    "*": 8,
    "conv.weight": 5,
    "conv": 6,
    "primary.weight": 6,
    "digit.weight": 4,
    "digit.votes": 10,
    "digit.b*": 12,
    "digit.c*": 6,
    "digit.v*": 9,
    "length": 11,
}
"""Widths by tensor, most of them no multiple of a byte."""

KERNELS: Mapping[str, Mapping[str, int]] = {
    "arm-14": {},
    "gap8": {"digit.update0.shift": 0, "digit.update1.shift": 1},
}
"""Target -> changed parameters: the rule's shifts lose every agreement, these keep some."""


def main(arguments: list[str]) -> int:
    """Write every network's folder; returns the exit code."""
    (root,) = map(Path, arguments)
    images, _ = fxcaps.digits("evaluation")
    calibration, _ = fxcaps.digits("calibration")
    small = fxcaps.load_network("mnist-small")
    _write(root / "mnist-small-8", fxcaps.quantize_network(small, calibration), images[:1])
    mixed = fxcaps.quantize_network(small, calibration, width=dict(MIXED))
    _write(root / "mnist-small-mixed", mixed, images[1:2])
    cell = cell_network()
    pixels = _pixels("deepcaps-cell images", 4, 6)
    _write(root / "deepcaps-cell", fxcaps.quantize_network(cell, pixels), pixels[:2])
    kernels = kernel_network()
    pixels = _pixels("q7-small images", 4, 10)
    for name, changes in KERNELS.items():
        profile = fxcaps.load_profile(f"q7-{name}")
        program = fxcaps.quantize_network(kernels, pixels, arithmetic=profile, rule="q7")
        program = with_parameters(program, changes)
        _write(root / f"q7-small-{name}", program, pixels[:2])
    return 0


def kernel_network() -> Network:
    """10 x 10 images and the layers of Q7-CapsNets: 36 primary capsules of 4, 3 classes of 4."""
    network = capsule_network(
        "q7-small",
        image=(10, 10, 1),
        channels=4,
        kernel=3,
        types=4,
        dim=4,
        stride=2,
        classes=3,
        dim_out=4,
        capsule_bias=False,
    )
    return network.with_tensors(
        {name: _floats(f"q7-small {name}", shape) for name, shape in network.expected.items()}
    )


def cell_network() -> Network:
    """6 x 6 images, one cell of DeepCaps with a routed skip, lengths over all its capsules."""
    routing = ConvRouting(iterations=(RoutingIteration(),) * 3)
    cell = capsule_cell("cell", "conv", (6, 6, 3), types=2, dim=3, routing=routing)
    count = prod(cell.shape[:3])
    weights = {"x": "image", "weight": "conv.weight", "bias": "conv.bias"}
    expected: dict[str, Shape] = {"conv.weight": (3, 3, 3, 1), "conv.bias": (3,)}
    expected |= cell.expected
    steps = (
        _step("image", Quantize(numerator=1, denominator=255), {"x": "pixels"}, "image"),
        _step("conv", Conv2d(relu=True, padding=(1, 1, 1, 1)), weights, "conv"),
        *cell.steps,
        _step("capsules", Reshape(shape=(count, 3)), {"x": "cell"}, "capsules"),
        _step("length", Length(), {"x": "capsules"}, "length"),
        _step("longest", ArgmaxWords(), {"x": "length"}, "longest"),
    )
    given = {"pixels": Signature((6, 6, 1), PIXELS)}
    network = Network("deepcaps-cell", given, steps, ("length", "longest"), expected)
    tensors = {name: _floats(f"deepcaps-cell {name}", shape) for name, shape in expected.items()}
    return network.with_tensors(tensors)


def _step(name: str, params: Any, inputs: dict[str, str], output: str) -> Step:
    return Step(name, params, inputs, {"out": output})


def _floats(name: str, shape: Shape) -> NDArray[np.float64]:
    """Multiples of 1/64 from -1 to below 1, by name."""
    stream = Stream(name)
    values = [(stream.bits(7) - 64) / 64 for _ in range(prod(shape))]
    return np.array(values).reshape(shape)


def _pixels(name: str, count: int, extent: int) -> NDArray[np.uint8]:
    stream = Stream(name)
    words = [stream.bits(8) for _ in range(count * extent**2)]
    return np.array(words, np.uint8).reshape(count, extent, extent, 1)


def _write(folder: Path, program: Program, images: NDArray[Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    origin = {key: item for key, item in program.origin.items() if key != "ranges"}  # floats
    save_program(replace(program, origin=origin), folder / PROGRAM)
    np.save(folder / INPUT, images)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
