"""Cells of convolutional capsules: counts of DeepCaps, geometry, and a narrow network in words."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.network import (
    Cell,
    Network,
    Program,
    Step,
    capsule_cell,
    expand,
    load_program,
    macs,
    parameters,
    run,
    save_program,
)
from fxcaps.network.parts import PIXELS
from fxcaps.network.step import trace_shapes
from fxcaps.ops import (
    ArgmaxWords,
    Conv2d,
    ConvRouting,
    DynamicRouting,
    Length,
    Parameters,
    Quantize,
    Reshape,
    RoutingIteration,
    SoftmaxAxes,
    SquashAxes,
    Votes,
    operation_of,
)
from fxcaps.quantize import HARDWARE, quantize_network
from fxcaps.real import REAL
from fxcaps.types import Shape, Signature
from tests.network.build import ON_ENGINE, ON_SPEC, outcome, random_tensors, small_images

ROUTED = ConvRouting(iterations=(RoutingIteration(),) * 3)
KERAS = replace(ROUTED, squash_axes=SquashAxes.GRID)


def deepcaps(image: int) -> tuple[list[Cell], list[int]]:
    """The four cells of DeepCaps and their multiply-accumulates."""
    source, cells, counts = "conv", [], []
    shape: Shape = (image, image, 128)
    for number, dim in enumerate((4, 8, 8, 8), start=1):
        routing = ROUTED if number == 4 else None
        cell = capsule_cell(f"cell{number}", source, shape, types=32, dim=dim, routing=routing)
        shapes = trace_shapes(cell.steps, {source: shape} | cell.expected, cell.expected)
        assert shapes[cell.output] == cell.shape
        counts.append(sum(macs(cell.steps, shapes).values()))
        cells.append(cell)
        source, shape = cell.output, cell.shape
    return cells, counts


@pytest.mark.parametrize(
    ("image", "grids", "total"),
    [(28, [14, 7, 4, 2], 264_110_080), (64, [32, 16, 8, 4], 1_321_861_120)],
)
def test_counts_of_deepcaps(image: int, grids: list[int], total: int) -> None:
    """Given the cells of DeepCaps, when counted, then as its published code prints them."""
    cells, counts = deepcaps(image)
    assert [cell.shape[0] for cell in cells] == grids
    found = [sum(prod(shape) for shape in cell.expected.values()) for cell in cells]
    assert found == [590_336, 2_065_408, 2_360_320, 1_789_184]
    assert sum(counts) == total
    # with the first convolution, and the votes and three iterations of the class capsules
    colours = {28: 1, 64: 3}[image]
    first = image * image * 128 * 9 * colours
    capsules = sum(prod(cell.shape[:3]) for cell in cells[2:])
    assert capsules == {28: 640, 64: 2560}[image]
    votes, routing = capsules * 10 * 32 * 8, 5 * capsules * 10 * 32
    assert round((first + sum(counts) + votes + routing) / 1e5) == {28: 2677, 64: 13467}[image]


@pytest.mark.parametrize(
    ("extent", "same", "padding", "grid"),
    [
        (28, False, (1, 1, 1, 1), 14),
        (28, True, (0, 1, 0, 1), 14),
        (7, False, (1, 1, 1, 1), 4),
        (7, True, (1, 1, 1, 1), 4),
        (1, True, (1, 1, 1, 1), 1),
    ],
)
def test_padding(extent: int, same: bool, padding: tuple[int, ...], grid: int) -> None:
    """Given an even and an odd grid, when padded in either way, then the grids are equal."""
    cell = capsule_cell("cell", "maps", (extent, extent, 3), types=2, dim=2, same=same)
    first = cell.steps[0].params
    assert isinstance(first, Conv2d)
    assert (first.stride, first.padding) == ((2, 2), padding)
    assert cell.shape == (grid, grid, 2, 2)
    others = [step.params for step in cell.steps[1:] if isinstance(step.params, Conv2d)]
    assert [(other.stride, other.padding) for other in others] == [((1, 1), (1, 1, 1, 1))] * 3


def test_the_code_of_the_authors() -> None:
    """Given no convolution biases and a reading of memory, when built, then the skip has both."""
    cell = capsule_cell(
        "cell", "maps", (4, 6, 3), types=2, dim=5, routing=KERAS, bias=False, types_first=True
    )
    assert set(cell.expected) == {
        *(f"cell.{layer}.weight" for layer in ("l1", "skip", "l2", "l3")),
        "cell.skip.sum_bias",
    }
    steps = {step.name: step for step in cell.steps}
    assert steps["cell.skip.read"].params == Reshape(shape=(2, 5, 2, 3))
    assert steps["cell.skip.conv"].inputs["u"] == "cell.skip.in"


def _step(name: str, params: Parameters, inputs: dict[str, str], output: str) -> Step:
    return Step(name, params, inputs, {"out": output})


def _network(routing: ConvRouting, **code: Any) -> Network:
    """8 x 8 images, a plain and a routed cell of two types, three classes."""
    plain = capsule_cell("cell1", "conv", (8, 8, 3), types=2, dim=2, **code)
    last = capsule_cell("cell2", "cell1", plain.shape, types=2, dim=3, routing=routing, **code)
    count = prod(last.shape[:3])
    digit = DynamicRouting(iterations=(RoutingIteration(),) * 2)
    outputs = {port: f"digit.{port}" for port in operation_of(digit).outputs(digit)}
    weights = {"x": "image", "weight": "conv.weight", "bias": "conv.bias"}
    expected: dict[str, Shape] = {"conv.weight": (3, 3, 3, 1), "conv.bias": (3,)}
    expected |= plain.expected | last.expected | {"digit.weight": (count, 3, 2, 3)}
    steps = (
        _step("image", Quantize(numerator=1, denominator=255), {"x": "pixels"}, "image"),
        _step("conv", Conv2d(relu=True, padding=(1, 1, 1, 1)), weights, "conv"),
        *plain.steps,
        *last.steps,
        _step("capsules", Reshape(shape=(count, 3)), {"x": "cell2"}, "capsules"),
        _step("votes", Votes(), {"u": "capsules", "weight": "digit.weight"}, "digit.votes"),
        Step("digit", digit, {"votes": "digit.votes"}, outputs),
        _step("length", Length(), {"x": "digit.v1"}, "length"),
        _step("class", ArgmaxWords(), {"x": "length"}, "class"),
    )
    shape = Signature((8, 8, 1), PIXELS)
    return Network("narrow", {"pixels": shape}, steps, ("length", "class"), expected)


NETWORKS = {
    "q-capsnets": _network(ROUTED),
    "types": _network(replace(ROUTED, softmax_axes=SoftmaxAxes.TYPES)),
    "keras": _network(KERAS, bias=False, same=True, types_first=True),
}


def _program(name: str, **choices: Any) -> Program:
    architecture = NETWORKS[name]
    network = architecture.with_tensors(random_tensors(architecture))
    return quantize_network(network, small_images(4, seed=2), REAL, width=8, **choices)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("exact", [False, True])
def test_engine_and_specification_agree(name: str, exact: bool) -> None:
    """Given a narrow network in words, when run on both, then every tensor and event is equal."""
    exactly = {"squash": "exact", "softmax": "exact"}
    arithmetic = replace(HARDWARE, algorithms=exactly) if exact else HARDWARE
    program = _program(name, arithmetic=arithmetic)
    options: dict[str, Any] = {"keep": program.traced}
    on_engine = run(program, small_images(3), ON_ENGINE, **options)
    assert outcome(on_engine) == outcome(run(program, small_images(3), ON_SPEC, **options))
    assert on_engine.undecided == {}
    assert len(np.unique(on_engine.words["cell2"])) > 10


@pytest.mark.parametrize("name", NETWORKS)
def test_expand_keeps_words(name: str) -> None:
    """Given a routed cell, when its routing is written out, then every tensor stays as it was."""
    program = _program(name)
    flat = expand(program)
    assert expand(flat).steps == flat.steps
    assert not any(isinstance(step.params, ConvRouting) for step in flat.steps)
    whole = run(program, small_images(3), ON_ENGINE, keep=program.traced).words
    found = run(flat, small_images(3), ON_ENGINE, keep=program.traced).words
    assert {key: words.tolist() for key, words in found.items()} == {
        key: words.tolist() for key, words in whole.items()
    }


@pytest.mark.parametrize("name", NETWORKS)
def test_program_files(name: str, tmp_path: Path) -> None:
    """Given a Program with a routed cell, when written and read, then it is the same."""
    program = _program(name)
    save_program(program, tmp_path / "program")
    assert load_program(tmp_path / "program").digest == program.digest


def test_parameters_of_a_network_with_cells() -> None:
    """Given a network with a routed cell, when counted, then biases and one kernel are there."""
    counts = parameters(NETWORKS["q-capsnets"])
    assert counts["cell2.skip.weight"] == 2 * 3 * 3 * 3 * 3
    assert (counts["cell2.skip.bias"], counts["cell2.skip.sum_bias"]) == (6, 6)
