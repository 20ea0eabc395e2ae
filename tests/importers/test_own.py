"""Arrays by our own names, in any container: nothing moves, and nothing has to be named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.importers import Choices, Layout, import_file
from fxcaps.importers.draft import Draft
from fxcaps.importers.layouts import LAYOUTS, register_layout
from fxcaps.network import (
    Network,
    Window,
    architecture,
    capsule_stack,
    predict,
)
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.network.build import random_tensors, small_images, small_network
from tests.support.data import real_file
from tests.support.outcomes import Rejected, rejection_of

SMALL = Choices(image=(8, 8))


def saved(network: Network, directory: Path, **changes: Any) -> Path:
    """The tensors of a network by name, without what describes it."""
    arrays = dict(network.tensors) | {n.replace("_", "."): a for n, a in changes.items()}
    path = directory / "model.npz"
    np.savez(path, allow_pickle=False, **{n: a for n, a in arrays.items() if a is not None})
    return path


@pytest.mark.parametrize("iterations", [1, 3])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("routed", [True, False])
def test_arrays_of_a_network_are_that_network(
    routed: bool, bias: bool, iterations: int, tmp_path: Path
) -> None:
    """Given a network's arrays alone, when imported, then the same network is back."""
    network = small_network(routed=routed, bias=bias, iterations=iterations)
    choices = Choices(image=(8, 8), iterations=iterations, name="small")
    made = import_file(saved(network, tmp_path), choices=choices).network
    assert (made.name, made.steps, made.expected) == ("small", network.steps, network.expected)
    assert {n: a.tolist() for n, a in made.tensors.items()} == {
        n: a.tolist() for n, a in network.tensors.items()
    }
    found, expected = (predict(given, small_images(), REAL) for given in (made, network))
    assert found["length"].tolist() == expected["length"].tolist()


@pytest.mark.parametrize("name", ["mnist-small", "q7-mnist", "shallowcaps", "shallowcaps-routed"])
def test_a_known_architecture_is_recognised(name: str, tmp_path: Path) -> None:
    """Given weights of a known architecture, when imported, then it has its name and steps."""
    known = architecture(name)
    network = known.with_tensors(random_tensors(known))
    made = import_file(saved(network, tmp_path)).network
    assert (made.name, made.steps, made.fixed) == (name, known.steps, known.fixed)


def test_real_weights() -> None:
    """Given the project's own weights, when imported, then nothing has to be named."""
    made = import_file(real_file("weights/mnist-small.npz"))
    assert made.network.name == "mnist-small"
    assert made.facts[1] == ("layout", "fxcaps", "detected by 'primary.weight'")


def test_several_convolutions(tmp_path: Path) -> None:
    """Given ten convolutions and more, when imported, then they stand in the order of numbers."""
    network = stack(12)
    given = network.with_tensors(random_tensors(network))
    choices = Choices(image=(30, 31), name="deep")
    made = import_file(saved(given, tmp_path), choices=choices).network
    assert (made.steps, made.expected) == (network.steps, network.expected)


def test_convolutions_may_begin_with_any_number(tmp_path: Path) -> None:
    """Given convolutions named conv1 and conv7, when imported, then they become conv and conv2."""
    network = stack(2)
    tensors = random_tensors(network)
    names = {"conv": "conv1", "conv2": "conv7"}
    other = {
        ".".join([names.get(name.split(".")[0], name.split(".")[0]), name.split(".")[1]]): tensor
        for name, tensor in tensors.items()
    }
    np.savez(tmp_path / "model.npz", allow_pickle=False, **other)
    made = import_file(tmp_path / "model.npz", choices=Choices(image=(30, 31))).network
    assert {n: a.tolist() for n, a in made.tensors.items()} == {
        n: a.tolist() for n, a in tensors.items()
    }


def stack(count: int) -> Network:
    """A network of many small convolutions."""
    return capsule_stack(
        "deep",
        image=(30, 31, 1),
        convolutions=[Window((2, 2), 1, 2)] * count,
        primary=Window((3, 2), 2, 6),
        dim=3,
        classes=2,
        dim_out=2,
    )


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        (
            {"digit_weight": None},
            Reason.TENSOR_MISSING,
            "tensor 'digit.weight' (capsules, classes, dim_out, dim) is missing",
        ),
        (
            {"conv_weight": None, "conv_bias": None},
            Reason.TENSOR_MISSING,
            "tensor 'conv.weight' (conv_out, conv_rows, conv_columns, depth) is missing",
        ),
        (
            {"conv_bias": np.zeros(3)},
            Reason.SHAPE_MISMATCH,
            "tensor 'conv.bias' needs shape (2,), found (3,)",
        ),
        (
            {"primary_coupling": np.full((1, 1), 0.5)},
            Reason.TENSOR_UNUSED,
            (
                "tensor 'primary.coupling' (1, 1) is unknown to the layout fxcaps; ignore it by "
                "name if it may be left out"
            ),
        ),
        (
            {"primary_bias": np.zeros((2, 4))},
            Reason.SHAPE_MISMATCH,
            "tensor 'primary.bias' needs shape (2, 3), found (2, 4)",
        ),
        (
            {"digit_bias": np.zeros((3, 3))},
            Reason.SHAPE_MISMATCH,
            "tensor 'digit.bias' needs shape (3, 2), found (3, 3)",
        ),
    ],
)
def test_refuses_tensors(
    changes: dict[str, Any], reason: Reason, message: str, tmp_path: Path
) -> None:
    """Given a tensor missing or misshapen, when imported, then one line tells."""
    path = saved(small_network(), tmp_path, **changes)
    assert rejection_of(lambda: import_file(path, choices=SMALL)) == Rejected(
        reason, f"{path}: {message}"
    )


def test_another_layout_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a layout of somebody else, when registered, then its names are detected."""
    monkeypatch.setattr("fxcaps.importers.layouts.LAYOUTS", dict(LAYOUTS))
    known = architecture("q7-mnist")

    def build(draft: Draft) -> Network:
        draft.take("w1", "rows columns depth out", "conv.weight", "out rows columns depth")
        for name, shape in known.expected.items():
            if name != "conv.weight":
                draft.keep(name, " ".join(f"a{k}" for k in range(len(shape))))
                draft.sizes.clear()
        return known

    theirs = Layout(name="theirs", title="somebody's", mark="w1", build=build)
    register_layout(theirs)
    tensors = random_tensors(known)
    first = tensors.pop("conv.weight")
    np.savez(tmp_path / "model.npz", w1=first.transpose(1, 2, 3, 0), **tensors)
    made = import_file(tmp_path / "model.npz", layout="theirs")
    assert made.facts[1] == ("layout", "theirs", "given")
    assert made.network.tensors["conv.weight"].tolist() == first.tolist()
    assert rejection_of(lambda: register_layout(theirs)) == Rejected(
        Reason.PARAMETER_INVALID, "a layout named theirs is registered already"
    )
