"""A cell in words, against the words of a DeepCapsBlock of the published Q-CapsNets code."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Program, capsule_cell, run
from fxcaps.ops import ConvRouting, RoutingIteration, operation_of
from fxcaps.types import Shape
from tests.network.build import ON_ENGINE
from tests.network.recorded_program import program_by
from tests.support.recorded import (
    INPUT_FRACTION,
    LAST,
    METHODS,
    PAIRS,
    Recorded,
    Tally,
    counts_of,
    recorded,
    words,
)

ROUTED = ConvRouting(iterations=(RoutingIteration(),) * 3, update_last=True)

PUBLISHED = {
    "l1": "l1.conv",
    "l2": "l2.conv",
    "l3": "l3.conv",
    "skip": "l_skip.conv",
}
"""Layers of a cell -> names of their convolutions in the published code."""


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
    """The cell with the recorded weights, fractions as in the recording."""
    shape = case.capsules.shape[1:]
    types, dim = case.meta["co"], case.meta["no"]
    cell = capsule_cell("block", "x", shape, types=types, dim=dim, routing=ROUTED)
    bits, act = case.meta["weight_bits"], case.meta["act_bits"]
    constants = {name: words(weight(case, name, s), bits) for name, s in cell.expected.items()}
    made = [name for step in cell.steps for name in step.outputs.values()]
    fractions = dict.fromkeys(made, act) | dict.fromkeys(constants, bits)
    fractions |= dict.fromkeys(("x", "block.in"), INPUT_FRACTION)
    for port in operation_of(ROUTED).outputs(ROUTED):
        # The code adds the agreement to the logits as it is.
        exact = {"a": 2 * act, "b": case.meta["routing_bits"], "s": case.meta["routing_bits"]}
        fractions[f"block.skip.{port}"] = exact.get(port[0], act)
    return program_by(case.profile, cell.steps, {"x": shape}, constants, fractions, ("block",))


def compare(case: Recorded, tally: Tally) -> None:
    """Run a block and compare every quantised word."""
    program = program_of(case)
    x = words(case.capsules, INPUT_FRACTION)
    made = run(program, x, ON_ENGINE, keep=program.traced).words
    names = ["block.l1.maps", "block.l1", "block.skip.votes"]
    names += [f"block.skip.{port}{r + (port == 'b')}" for r in range(3) for port in "csvb"]
    names += ["block.l2.maps", "block.l2", "block.l3.maps", "block.l3"]
    for name, (frac, before, after) in zip(names, case.calls, strict=True):
        axes = PAIRS if name.rpartition(".")[2][0] in "bc" else LAST[after.ndim]
        turned = before.transpose(axes), after.transpose(axes)
        tally.compare(case.meta["method"], frac, *turned, made[name])
    expected = words(case.arrays["out"].transpose(LAST[5]), case.meta["act_bits"])
    np.testing.assert_array_equal(made["block"], expected)


def test_every_word_of_a_block(record_property: Callable[[str, object], None]) -> None:
    """Given recorded blocks, when their cells run by the profiles, then words are theirs."""
    cases = recorded("deepcapsblock")
    tallies = {method: Tally() for method in METHODS}
    for case in cases:
        compare(case, tallies[case.meta["method"]])
    found = {method: tally.counts for method, tally in tallies.items()}
    for method, counts in found.items():
        record_property(f"deepcapsblock {method}: words, at a jump, near one, different", counts)
    assert (len(cases), found) == (12, counts_of("deepcapsblock"))
