"""Networks: what is rejected when one is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fxcaps.network import ARCHITECTURES, Network, Step, architecture
from fxcaps.ops import Add, Length, SquashExact, Votes
from fxcaps.types import Reason, Signature
from tests.network.build import random_tensors, small_architecture, small_network
from tests.support.outcomes import Rejected, rejection_of

SMALL = small_architecture()
TENSORS = random_tensors(SMALL)


def spoiled(name: str, index: tuple[int, ...], value: float) -> Any:
    """A tensor with one value replaced."""
    tensor = TENSORS[name].copy()
    tensor[index] = value
    return tensor


def test_keeps_the_tensors_it_is_given() -> None:
    """Given float tensors, when an architecture takes them, then it has these and no others."""
    network = SMALL.with_tensors(TENSORS)
    assert network == replace(SMALL, tensors=TENSORS)
    assert (SMALL.tensors, set(network.tensors)) == ({}, set(SMALL.expected))


def test_fixed_tensors_need_not_be_given() -> None:
    """Given a routed primary layer, when its trained tensors are given, then 1/types is there."""
    network = small_network(routed=True)
    assert network.fixed == {"primary.coupling"}
    assert network.tensors["primary.coupling"].tolist() == [[0.5]]
    assert architecture("shallowcaps-routed").tensors["primary.coupling"].tolist() == [[1 / 32]]


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        (
            {"conv.weight": None},
            Reason.TENSOR_MISSING,
            "small: tensor 'conv.weight' (2, 3, 3, 1) is missing",
        ),
        ({"conv.wieght": np.ones(3)}, Reason.TENSOR_UNUSED, "small: no step reads 'conv.wieght'"),
        (
            {"digit.weight": TENSORS["digit.weight"].transpose(1, 0, 2, 3)},
            Reason.SHAPE_MISMATCH,
            "small: tensor 'digit.weight' needs shape (8, 3, 2, 3), found (3, 8, 2, 3)",
        ),
        (
            {"conv.bias": spoiled("conv.bias", (1,), np.nan)},
            Reason.NOT_A_NUMBER,
            "small: tensor 'conv.bias' has nan at (1,)",
        ),
        (
            {"digit.bias": spoiled("digit.bias", (2, 1), -np.inf)},
            Reason.NOT_A_NUMBER,
            "small: tensor 'digit.bias' has -inf at (2, 1)",
        ),
        (
            {"conv.bias": np.array([1, 2])},
            Reason.DATA_INVALID,
            "small: tensor 'conv.bias' must be float, found int64",
        ),
        (
            {"conv.bias": np.array([1j, 2])},
            Reason.DATA_INVALID,
            "small: tensor 'conv.bias' must be float, found complex128",
        ),
        (
            {"conv.bias": np.array(["1", "2"])},
            Reason.DATA_INVALID,
            "small: tensor 'conv.bias' must be float, found <U1",
        ),
    ],
)
def test_rejects_tensors(changes: dict[str, Any], reason: Reason, message: str) -> None:
    """Given one tensor missing, extra, misshapen or of no numbers, then it is named."""
    tensors = {k: v for k, v in (TENSORS | changes).items() if v is not None}
    assert rejection_of(lambda: SMALL.with_tensors(tensors)) == Rejected(reason, message)


def test_checks_fixed_tensors_too() -> None:
    """Given an architecture whose fixed tensor is spoiled, when made, then it is rejected."""
    routed = small_architecture(routed=True)
    assert rejection_of(
        lambda: routed.with_tensors({"primary.coupling": np.full((1, 1), np.nan)})
    ) == Rejected(Reason.NOT_A_NUMBER, "small: tensor 'primary.coupling' has nan at (0, 0)")


def test_architectures_have_nothing_to_run() -> None:
    """Given an architecture, when its trained tensors are required, then the first is missing."""
    assert rejection_of(architecture("shallowcaps-routed").require_tensors) == Rejected(
        Reason.TENSOR_MISSING,
        "shallowcaps-routed: tensor 'conv.weight' (256, 9, 9, 1) is missing",
    )


def test_rejects_unknown_architectures() -> None:
    """Given a name that no architecture has, when asked for, then the known ones are listed."""
    assert rejection_of(lambda: architecture("mnist")) == Rejected(
        Reason.NAME_UNKNOWN,
        f"no architecture 'mnist'; known: {', '.join(ARCHITECTURES)}",
    )


def test_other_parameters_of_a_step() -> None:
    """Given parameters of a step's own operation, when changed, then nothing else is."""
    network = SMALL.with_tensors(TENSORS)
    squash = SquashExact(epsilon=(1, 10**6))
    made = network.with_params({"primary": squash})
    assert made == replace(network, steps=changed("primary", params=squash)["steps"])
    assert network.with_params({}) == network


@pytest.mark.parametrize(
    ("params", "reason", "message"),
    [
        ({"norm": SquashExact()}, Reason.NAME_UNKNOWN, "small has no step 'norm'"),
        (
            {"primary": Length()},
            Reason.PARAMETER_INVALID,
            "step 'primary': squash does not take Length",
        ),
    ],
)
def test_rejects_parameters(params: dict[str, Any], reason: Reason, message: str) -> None:
    """Given a step that is not there, or another operation, then it is named."""
    assert rejection_of(lambda: SMALL.with_params(params)) == Rejected(reason, message)


def changed(name: str, **changes: Any) -> dict[str, Any]:
    """The small network's steps with one changed, as a change of the network."""
    steps = [replace(s, **changes) if s.name == name else s for s in SMALL.steps]
    assert steps != list(SMALL.steps)
    return {"steps": tuple(steps)}


PLUS = Step("plus", Add(), {"a": "length", "b": "length"}, {"out": "sum"})


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        (
            changed("conv", inputs={"x": "imgae", "weight": "conv.weight"}),
            Reason.TENSOR_MISSING,
            "step 'conv': x reads unknown 'imgae'",
        ),
        (
            {"steps": SMALL.steps[::-1]},
            Reason.TENSOR_MISSING,
            "step 'class': x reads unknown 'length'",
        ),
        (
            changed("conv", inputs={"x": "image", "bias": "conv.bias"}),
            Reason.PORT_MISMATCH,
            "step 'conv': conv2d takes bias, weight, x, found bias, x",
        ),
        (
            changed("conv", inputs={}),
            Reason.PORT_MISMATCH,
            "step 'conv': conv2d takes bias, weight, x, found none",
        ),
        (
            changed("length", inputs={"x": "digit.v2", "bias": "conv.bias"}),
            Reason.PORT_MISMATCH,
            "step 'length': length takes x, found bias, x",
        ),
        (
            changed("digit", outputs={"v2": "digit.v2"}),
            Reason.PORT_MISMATCH,
            (
                "step 'digit': dynamic_routing makes "
                "a0, a1, b0, b1, b2, c0, c1, c2, s0, s1, s2, v0, v1, v2, found v2"
            ),
        ),
        (
            changed("votes", inputs={"u": "primary", "weight": "conv"}),
            Reason.PORT_MISMATCH,
            "step 'votes': weight reads 'conv', which is not a constant",
        ),
        (
            {"steps": (*SMALL.steps, SMALL.steps[-1])},
            Reason.PORT_MISMATCH,
            "two steps are named 'class'",
        ),
        (
            {"steps": (*SMALL.steps, replace(PLUS, outputs={"out": "length"}))},
            Reason.PORT_MISMATCH,
            "step 'plus' makes 'length' a second time",
        ),
        (
            {"steps": (*SMALL.steps, replace(PLUS, inputs={"a": "length", "b": "digit.v2"}))},
            Reason.SHAPE_MISMATCH,
            "step 'plus': add needs equal shapes, found (3,) and (3, 2)",
        ),
        (
            changed("votes", inputs={"u": "primary.maps", "weight": "digit.weight"}),
            Reason.SHAPE_MISMATCH,
            "step 'votes': votes u (I, D_in) needs 2 axes, found shape (2, 2, 6)",
        ),
        (
            {"expected": dict(SMALL.expected) | {"more": (3,)}},
            Reason.TENSOR_UNUSED,
            "no step reads tensor 'more'",
        ),
        (
            {"inputs": dict(SMALL.inputs) | {"more": SMALL.inputs["pixels"]}},
            Reason.TENSOR_UNUSED,
            "no step reads input 'more'",
        ),
        (
            {"outputs": ("length", "lenght")},
            Reason.TENSOR_MISSING,
            "output 'lenght' is made by no step",
        ),
        ({"outputs": ()}, Reason.TENSOR_MISSING, "small: no outputs are named"),
    ],
)
def test_rejects_schedules(changes: dict[str, Any], reason: Reason, message: str) -> None:
    """Given steps, inputs or outputs that do not connect, when made, then the place is named."""
    assert rejection_of(lambda: replace(SMALL, **changes)) == Rejected(reason, message)


def test_shapes_of_a_whole_network() -> None:
    """Given two steps, when their shapes are followed, then all tensors are there."""
    votes = Step("votes", Votes(), {"u": "u", "weight": "w"}, {"out": "votes"})
    network = Network(
        "two",
        {"u": Signature((4, 3), SMALL.inputs["pixels"].format)},
        (votes, Step("plus", Add(), {"a": "votes", "b": "votes"}, {"out": "sum"})),
        ("sum",),
        {"w": (4, 5, 2, 3)},
    )
    assert network.shapes() == {
        "u": (4, 3),
        "w": (4, 5, 2, 3),
        "votes": (4, 5, 2),
        "sum": (4, 5, 2),
    }
