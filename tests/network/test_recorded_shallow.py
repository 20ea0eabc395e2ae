"""A whole ShallowCapsNet in words, against every quantised tensor of the published code.

Random weights of 9 fraction bits, activations of 8, routing of 7, truncation; four images.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Program, Step, run
from fxcaps.ops import (
    Conv2d,
    ConvRouting,
    DynamicRouting,
    Reshape,
    RoutingIteration,
    SoftmaxAxes,
    Votes,
)
from fxcaps.profiles import load_profile
from tests.network.build import ON_ENGINE
from tests.network.recorded_program import program_by
from tests.support.data import real_file

WEIGHT, ACT, ROUTING, INPUT = 9, 8, 7, 8
TYPES, GRID, DIM = 32, 6, 8
Ints = NDArray[np.int64]

ONCE = ConvRouting(
    iterations=(RoutingIteration(),), update_last=True, softmax_axes=SoftmaxAxes.TYPES
)
THRICE = DynamicRouting(iterations=(RoutingIteration(),) * 3, update_last=True)

FRACTIONS = {"s": ROUTING, "b": ROUTING, "a": 2 * ACT}
"""Of what a routing makes, by its first letter; the code adds the agreement as it is."""

RECORDED = {"c": "route", "s": "preact", "v": "act", "b": "logits"}


def given() -> dict[str, NDArray[np.float64]]:
    """The recorded arrays."""
    path = real_file("qcapsnets/shallowcapsnet_full_w9a8r7_truncation.npz")
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def by_place(values: NDArray[np.float64], axis: int) -> Ints:
    """Capsules in the code's order (type, row, column) put into ours (row, column, type)."""
    shape = (*values.shape[:axis], TYPES, GRID, GRID, *values.shape[axis + 1 :])
    moved = np.moveaxis(values.reshape(shape), axis, axis + 2)
    return np.ascontiguousarray(moved.reshape(values.shape).astype(np.int64))


def weights(arrays: dict[str, NDArray[np.float64]]) -> dict[str, Ints]:
    """The weight words in our order."""

    def kernel(name: str) -> Ints:
        return np.ascontiguousarray(np.moveaxis(arrays[f"w.{name}"], 1, 3).astype(np.int64))

    digit = arrays["w.digit.weight"].reshape(TYPES * GRID**2, DIM, 10, 16)
    return {
        "conv.weight": kernel("conv.conv.weight"),
        "conv.bias": arrays["w.conv.conv.bias"].astype(np.int64),
        "primary.weight": kernel("primary.conv3d.weight"),
        "primary.bias": arrays["w.primary.bias"].reshape(TYPES, DIM).astype(np.int64),
        "digit.weight": by_place(digit.transpose(0, 2, 3, 1), 0),
        "digit.bias": arrays["w.digit.bias"].astype(np.int64),
    }


def program_of(constants: dict[str, Ints]) -> Program:
    """The network: a convolution, capsules routed once over their types, capsules routed thrice."""
    primary = {port: f"primary.{port}" for port in ("b0", "c0", "s0", "v0", "a0", "b1")}
    digit = {f"{port}{r}": f"digit.{port}{r}" for r in range(3) for port in "csva"}
    digit |= {f"b{r}": f"digit.b{r}" for r in range(4)}
    steps = (
        Step(
            "conv",
            Conv2d(relu=True),
            {"x": "image", "weight": "conv.weight", "bias": "conv.bias"},
            {"out": "conv"},
        ),
        Step(
            "primary.conv",
            Conv2d(stride=(2, 2)),
            {"x": "conv", "weight": "primary.weight"},
            {"out": "primary.maps"},
        ),
        Step(
            "primary.grid",
            Reshape(shape=(1, GRID, GRID, TYPES, DIM)),
            {"x": "primary.maps"},
            {"out": "primary.votes"},
        ),
        Step("primary", ONCE, {"votes": "primary.votes", "bias": "primary.bias"}, primary),
        Step(
            "capsules",
            Reshape(shape=(GRID * GRID * TYPES, DIM)),
            {"x": "primary.v0"},
            {"out": "capsules"},
        ),
        Step("votes", Votes(), {"u": "capsules", "weight": "digit.weight"}, {"out": "digit.votes"}),
        Step("digit", THRICE, {"votes": "digit.votes", "bias": "digit.bias"}, digit),
    )
    made = [name for step in steps for name in step.outputs.values()]
    fractions = {name: FRACTIONS.get(name.rpartition(".")[2][0], ACT) for name in made}
    fractions |= dict.fromkeys(("conv", "capsules"), ACT) | dict.fromkeys(constants, WEIGHT)
    return program_by(
        load_profile("qcapsnets-truncation"),
        steps,
        {"image": (28, 28, 1)},
        constants,
        fractions | {"image": INPUT},
        ("digit.v2",),
    )


def expected(arrays: dict[str, NDArray[np.float64]]) -> dict[str, Ints]:
    """Every quantised tensor of the float64 run by our name, axes in our order."""

    def words(name: str, frac: int) -> NDArray[np.float64]:
        return arrays[f"{name}_f64_int_N{frac}"]

    found = {
        "conv": np.moveaxis(words("conv_relu", ACT), 1, 3),
        "primary.maps": np.moveaxis(words("prim_votes", ACT), 1, 3),
        "primary.c0": np.moveaxis(words("prim_route", ACT), 2, 4),
        "primary.s0": words("prim_preact", ROUTING).transpose(0, 3, 4, 1, 2),
        "primary.v0": words("prim_act", ACT).transpose(0, 3, 4, 1, 2),
        "primary.b1": np.moveaxis(words("prim_logits", ROUTING), 2, 4),
        "digit.votes": by_place(words("digit_votes", ACT), 1),
    }
    for r in range(3):
        for port, name in RECORDED.items():
            tensor = words(f"digit_it{r}_{name}", FRACTIONS.get(port, ACT))
            pairs = port in "cb"
            found[f"digit.{port}{r + (port == 'b')}"] = by_place(tensor, 1) if pairs else tensor
    return {name: np.ascontiguousarray(array.astype(np.int64)) for name, array in found.items()}


def test_every_word_of_four_images(record_property: Callable[[str, object], None]) -> None:
    """Given the recorded weights and images, when run by the profile, then no word differs."""
    arrays = given()
    program = program_of(weights(arrays))
    images = np.ldexp(np.moveaxis(arrays["x"], 1, 3), INPUT)
    made = run(program, images.astype(np.int64), ON_ENGINE, keep=program.traced)
    tensors = expected(arrays)
    for name, array in tensors.items():
        np.testing.assert_array_equal(made.words[name], array, name)
    compared = sum(array.size for array in tensors.values())
    record_property("shallowcapsnet truncation: tensors, words", (len(tensors), compared))
    assert (len(tensors), compared) == (19, 1_547_008)
    assert not any(event.value != "inexact" for events in made.events.values() for event in events)
    lengths = np.sqrt((np.ldexp(made.words["digit.v2"], -ACT) ** 2).sum(axis=2))
    assert lengths.argmax(axis=1).tolist() == arrays["len_f64"].argmax(axis=1).tolist()
