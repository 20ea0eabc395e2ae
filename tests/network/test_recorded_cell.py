"""A cell in words, against the words of a DeepCapsBlock of the published Q-CapsNets code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.network import Entry, Kind, Program, Step, capsule_cell, run
from fxcaps.network.step import trace_shapes
from fxcaps.ops import ConvRouting, RoutingIteration, operation_of
from fxcaps.types import Format, Overflow, Rounding, Shape
from tests.network.build import ON_ENGINE
from tests.support.recorded import INPUT_FRACTION, LAST, PAIRS, Recorded, truncated, words

FLOOR: dict[str, Any] = {"rounding": Rounding.FLOOR, "overflow": Overflow.REJECT}

ROUTED = ConvRouting(iterations=(RoutingIteration(),) * 3, update_last=True)

PUBLISHED = {
    "l1": "l1.conv",
    "l2": "l2.conv",
    "l3": "l3.conv",
    "skip": "l_skip.conv",
}
"""Layers of a cell -> names of their convolutions in the published code."""


def floored(params: Any) -> Any:
    """The same parameters as Q-CapsNets truncates: floor, and nothing saturates."""
    if isinstance(params, ConvRouting):
        part = params.iterations[0]
        roles = ("softmax", "weighted_sum", "squash", "agreement", "update")
        part = replace(part, **{role: floored(getattr(part, role)) for role in roles})
        return replace(params, iterations=(part,) * len(params.iterations))
    return replace(params, **FLOOR) if hasattr(params, "rounding") else params


def weight(case: Recorded, name: str, shape: Shape) -> NDArray[np.float64]:
    """A tensor of the cell, its axes put in our order."""
    _, layer, kind = name.split(".")
    if kind == "sum_bias":
        return case.arrays["w.l_skip.bias"].reshape(shape)
    given = case.arrays[f"w.{PUBLISHED[layer]}.{kind}"]
    if kind == "bias":
        return given.reshape(shape)
    given = given[:, 0] if layer == "skip" else given  # one channel in, D_in deep
    given = np.moveaxis(given, 1, 3)  # (O, I, KH, KW) -> (O, KH, KW, I)
    return given.reshape(shape)


def program_of(case: Recorded) -> Program:
    """The cell with the recorded weights; 32 bits a word, fractions as in the recording."""
    shape = case.capsules.shape[1:]
    types, dim = case.meta["co"], case.meta["no"]
    cell = capsule_cell("block", "x", shape, types=types, dim=dim, routing=ROUTED)
    steps = tuple(
        Step(step.name, floored(step.params), step.inputs, step.outputs) for step in cell.steps
    )
    bits = case.meta["weight_bits"]
    constants = {name: words(weight(case, name, s), bits) for name, s in cell.expected.items()}
    fractions = dict.fromkeys(constants, bits) | dict.fromkeys(("x", "block.in"), INPUT_FRACTION)
    for port in operation_of(ROUTED).outputs(ROUTED):
        # The code adds the agreement to the logits as it is.
        exact = {"a": 2 * case.meta["act_bits"], "b": case.meta["routing_bits"]}
        exact["s"] = case.meta["routing_bits"]
        fractions[f"block.skip.{port}"] = exact.get(port[0], case.meta["act_bits"])
    kinds = {"x": Kind.INPUT} | dict.fromkeys(constants, Kind.CONSTANT)
    shapes = trace_shapes(steps, {"x": shape} | cell.expected, constants)
    tensors = {
        name: Entry(
            extents,
            Format(True, 32, fractions.get(name, case.meta["act_bits"])),
            kinds.get(name, Kind.COMPUTED),
        )
        for name, extents in shapes.items()
    }
    return Program("block", steps, tensors, constants, ("block",))


@pytest.mark.parametrize("number", range(4))
def test_every_word_of_a_block(number: int) -> None:
    """Given a recorded block, when its cell runs in words, then every quantised word is equal."""
    case = truncated("deepcapsblock")[number]
    program = program_of(case)
    x = words(case.capsules, INPUT_FRACTION)
    made = run(program, x, ON_ENGINE, keep=program.traced).words
    names = ["block.l1.maps", "block.l1", "block.skip.votes"]
    names += [f"block.skip.{port}{r + (port == 'b')}" for r in range(3) for port in "csvb"]
    names += ["block.l2.maps", "block.l2", "block.l3.maps", "block.l3"]
    for name, (frac, _, after) in zip(names, case.calls, strict=True):
        axes = PAIRS if name.rpartition(".")[2][0] in "bc" else LAST[after.ndim]
        expected = words(after.transpose(axes), frac)
        np.testing.assert_array_equal(made[name].reshape(expected.shape), expected, name)
    expected = words(case.arrays["out"].transpose(LAST[5]), case.meta["act_bits"])
    np.testing.assert_array_equal(made["block"], expected)
