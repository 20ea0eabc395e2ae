"""Q-CapsNets: the same outputs as its own forward, channels first, types before places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.importers import Choices, Fact, Move, import_file
from fxcaps.network import Network, architecture, parameters
from fxcaps.types import Reason
from tests.importers.compare import assert_equal_outputs, class_capsules
from tests.importers.sources import (
    IMAGE,
    Arrays,
    images,
    random_arrays,
    shallow,
    shallow_forward,
)
from tests.support.data import real_file
from tests.support.outcomes import Rejected, rejection_of

SMALL = Choices(image=IMAGE)
FULL = {
    "conv.conv.weight": (256, 1, 9, 9),
    "conv.conv.bias": (256,),
    "primary.bias": (32, 8, 1, 1),
    "primary.conv3d.weight": (256, 256, 9, 9),
    "digit.weight": (1152, 8, 160),
    "digit.bias": (10, 16),
}
"""ShallowCapsNet(28, 1, 10, 16)."""


def saved(directory: Path, arrays: Arrays) -> Path:
    """Arrays in an `.npz`."""
    np.savez(directory / "model.npz", allow_pickle=False, **arrays)
    return directory / "model.npz"


def imported(directory: Path, arrays: Arrays, **choices: Any) -> Network:
    """The network of these arrays."""
    given = Choices(**{"image": IMAGE} | choices)
    return import_file(saved(directory, arrays), choices=given).network


@pytest.mark.parametrize("iterations", [1, 2, 3])
@pytest.mark.parametrize("seed", [0, 1])
def test_outputs_are_those_of_the_source(seed: int, iterations: int, tmp_path: Path) -> None:
    """Given random weights, when imported, then capsules and lengths are the source's."""
    state = shallow(seed)
    network = imported(tmp_path, state, iterations=iterations)
    pixels = images(depth=2)
    assert_equal_outputs(network, pixels, shallow_forward(state, pixels, iterations))


def test_another_order_of_capsules_would_be_seen(tmp_path: Path) -> None:
    """Given capsule weights in the other order, when imported, then the outputs are others."""
    state, pixels = shallow(), images(depth=2)
    turned = state["digit.weight"].reshape(2, 15, 3, 20).swapaxes(0, 1).reshape(30, 3, 20)
    other = imported(tmp_path, state | {"digit.weight": turned})
    difference = class_capsules(other, pixels) - shallow_forward(state, pixels)
    assert float(np.abs(difference).max()) > 0.01


@pytest.mark.parametrize(
    ("dtype", "given"),
    [(np.float64, np.float64), (np.float16, np.float16), ("<f4", np.float32), (">f8", np.float64)],
)
def test_float_types_are_kept(dtype: Any, given: Any, tmp_path: Path) -> None:
    """Given weights of any float type, when imported, then the Network has that type."""
    state = {name: array.astype(dtype) for name, array in shallow().items()}
    network = imported(tmp_path, state)
    trained = {network.tensors[name].dtype for name in network.expected if "coupl" not in name}
    assert trained == {np.dtype(given)}
    pixels = images(depth=2)
    assert_equal_outputs(network, pixels, shallow_forward(state, pixels))


def test_says_what_it_decided(tmp_path: Path) -> None:
    """Given a file, when imported, then facts and moves are told in order."""
    made = import_file(saved(tmp_path, shallow()), choices=SMALL)
    assert made.facts == (
        Fact("container", "npz", "by content"),
        Fact("layout", "qcapsnets-shallow", "detected by 'primary.conv3d.weight'"),
        Fact("image", "9x12", "given"),
        Fact("strides", "1,2", "default"),
        Fact("iterations", "3", "default"),
    )
    assert made.moves == (
        Move("conv.conv.weight", (4, 2, 3, 2), "conv.weight", (4, 3, 2, 2)),
        Move("conv.conv.bias", (4,), "conv.bias", (4,)),
        Move("primary.conv3d.weight", (6, 4, 3, 3), "primary.weight", (6, 3, 3, 4)),
        Move("primary.bias", (2, 3, 1, 1), "primary.bias", (2, 3)),
        Move("digit.weight", (30, 3, 20), "digit.weight", (30, 4, 5, 3)),
        Move("digit.bias", (4, 5), "digit.bias", (4, 5)),
    )


def test_the_published_size_is_the_architecture_of_that_name(tmp_path: Path) -> None:
    """Given a ShallowCapsNet for MNIST, when imported, then nothing has to be chosen."""
    state = {name: array / 4 for name, array in random_arrays(FULL).items()}
    network = import_file(saved(tmp_path, state)).network
    known = architecture("shallowcaps-routed")
    assert network.name == "shallowcaps-routed"
    assert (network.steps, network.expected) == (known.steps, known.expected)
    assert sum(parameters(network).values()) == 6_804_384
    pixels = images(depth=1, count=2, image=(28, 28))
    assert_equal_outputs(network, pixels, shallow_forward(state, pixels))


def test_the_recorded_table_has_these_shapes() -> None:
    """Given the names and shapes recorded from the code, then they are those of this test."""
    tables = json.loads(real_file("qcapsnets/layer_tables.json").read_text(encoding="utf-8"))
    listed = tables["ShallowCapsNet(28, 1, 10, 16)"]
    assert {entry["name"]: tuple(entry["shape"]) for entry in listed["parameters"]} == FULL
    assert listed["buffers"] == []


def test_the_recorded_network(tmp_path: Path) -> None:
    """Given weights and outputs recorded from the code itself, then the order is confirmed.

    The recorded outputs are quantised to 7 and 8 fraction bits by truncation, and the routing
    adds that up, so they are shifted but correlate; with types after places they do less.
    """
    path = real_file("qcapsnets/shallowcapsnet_full_w9a8r7_truncation.npz")
    with np.load(path, allow_pickle=False) as file:
        state: Arrays = {name: np.ldexp(file[f"w.{name}"], -9) for name in FULL}
        given, recorded = file["x"], file["out_f64"]
    pixels = np.rint(given * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    network = import_file(saved(tmp_path, state)).network
    assert_equal_outputs(network, pixels[:2], shallow_forward(state, pixels[:2]))
    turned = state["digit.weight"].reshape(32, 36, 8, 160).swapaxes(0, 1).reshape(1152, 8, 160)
    other = import_file(saved(tmp_path, state | {"digit.weight": turned})).network
    right, wrong = (
        float(np.corrcoef(class_capsules(made, pixels).ravel(), recorded.ravel())[0, 1])
        for made in (network, other)
    )
    assert right > 0.95
    assert wrong < 0.85


def changed(**changes: Any) -> Arrays:
    """The small state dict with some tensors changed; `None` takes one out."""
    arrays: dict[str, Any] = shallow() | {n.replace("__", "."): a for n, a in changes.items()}
    return {name: array for name, array in arrays.items() if array is not None}


NAN = np.array([1, np.nan, 0, np.inf], np.float32)


@pytest.mark.parametrize(
    ("arrays", "reason", "message"),
    [
        (
            changed(primary__bias=None),
            Reason.TENSOR_MISSING,
            "tensor 'primary.bias' (types, dim, 1, 1) is missing",
        ),
        (
            changed(conv__conv__bias=None),
            Reason.TENSOR_MISSING,
            "tensor 'conv.conv.bias' (4,) is missing",
        ),
        (
            changed(decoder__weight=np.zeros((2, 3)), decoder__bias=np.zeros(2)),
            Reason.TENSOR_UNUSED,
            (
                "tensor 'decoder.weight' (2, 3) is unknown to the layout qcapsnets-shallow "
                "(and 1 more); ignore it by name if it may be left out"
            ),
        ),
        (
            changed(digit__weight=np.zeros((30, 3, 21), np.float32)),
            Reason.SHAPE_MISMATCH,
            "tensor 'digit.weight' needs shape (capsules, 3, 20), found (30, 3, 21)",
        ),
        (
            changed(conv__conv__bias=np.zeros(5, np.float32)),
            Reason.SHAPE_MISMATCH,
            "tensor 'conv.conv.bias' needs shape (4,), found (5,)",
        ),
        (
            changed(primary__conv3d__weight=np.zeros((7, 4, 3, 3), np.float32)),
            Reason.SHAPE_MISMATCH,
            "tensor 'primary.conv3d.weight' needs shape (6, 4, rows, columns), found (7, 4, 3, 3)",
        ),
        (
            changed(digit__bias=np.zeros((0, 5), np.float32)),
            Reason.SHAPE_MISMATCH,
            "tensor 'digit.bias' needs shape (classes, dim_out), found (0, 5)",
        ),
        (
            changed(digit__weight=np.zeros((28, 3, 20), np.float32)),
            Reason.SHAPE_MISMATCH,
            (
                "images of 9x12x2 and strides 1,2 give 3x5x2 = 30 primary capsules, 'digit.weight' "
                "has weights for 28; no square images would fit"
            ),
        ),
        (
            changed(conv__conv__bias=NAN),
            Reason.NOT_A_NUMBER,
            "tensor 'conv.conv.bias' has nan at (1,)",
        ),
        (
            changed(conv__conv__bias=np.zeros(4, np.int8)),
            Reason.DATA_INVALID,
            "tensor 'conv.conv.bias' must be float, found int8",
        ),
        (
            changed(conv__conv__bias=np.zeros(4, np.complex64)),
            Reason.DATA_INVALID,
            "tensor 'conv.conv.bias' must be float, found complex64",
        ),
        (
            {"features.0.weight": np.zeros(3), "head": np.zeros(2)},
            Reason.NAME_UNKNOWN,
            (
                "no layout has tensors named 'features.0.weight', 'head'; known: "
                "qcapsnets-shallow, qcapsnets-deepcaps, q7-keras, fxcaps"
            ),
        ),
        ({}, Reason.TENSOR_MISSING, "the file has no tensors"),
        (
            changed(primary__weight=np.zeros(3)),
            Reason.NAME_UNKNOWN,
            "tensors of several layouts: qcapsnets-shallow, fxcaps; give the one that is meant",
        ),
    ],
)
def test_refuses_tensors(arrays: Arrays, reason: Reason, message: str, tmp_path: Path) -> None:
    """Given a tensor missing, extra, misshapen, of another type or NaN, then one line tells."""
    path = saved(tmp_path, arrays)
    assert rejection_of(lambda: import_file(path, choices=SMALL)) == Rejected(
        reason, f"{path}: {message}"
    )


@pytest.mark.parametrize(
    ("choices", "reason", "message"),
    [
        (
            {},
            Reason.SHAPE_MISMATCH,
            (
                "images of 32x32x2 and strides 1,2 give 14x15x2 = 420 primary capsules, "
                "'digit.weight' has weights for 30; no square images would fit"
            ),
        ),
        (
            {"image": (3, 3)},
            Reason.SHAPE_MISMATCH,
            (
                "images of 3x3x2 and strides 1,2 give 0x0x2 = 0 primary capsules, "
                "'digit.weight' has weights for 30; no square images would fit"
            ),
        ),
        (
            {"image": IMAGE, "strides": (1, 2, 2)},
            Reason.PARAMETER_INVALID,
            "2 strides are needed, the primary capsules' last, found 3",
        ),
    ],
)
def test_refuses_choices(
    choices: dict[str, Any], reason: Reason, message: str, tmp_path: Path
) -> None:
    """Given an image or strides that do not fit, when imported, then one line says what would."""
    path = saved(tmp_path, shallow())
    assert rejection_of(lambda: import_file(path, choices=Choices(**choices))) == Rejected(
        reason, f"{path}: {message}"
    )


def test_says_which_images_would_fit(tmp_path: Path) -> None:
    """Given weights of images of one channel but another size, then these sizes are told."""
    shapes = FULL | {"conv.conv.weight": (4, 1, 3, 3), "conv.conv.bias": (4,)}
    shapes |= {"primary.conv3d.weight": (256, 4, 3, 3)}
    path = saved(tmp_path, random_arrays(shapes))
    assert rejection_of(lambda: import_file(path)) == Rejected(
        Reason.SHAPE_MISMATCH,
        f"{path}: images of 28x28x1 and strides 1,2 give 12x12x32 = 4608 primary capsules, "
        "'digit.weight' has weights for 1152; images of 15x15 to 16x16 would fit",
    )


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"image": (0, 4)}, "image must be positive integers, found (0, 4)"),
        ({"image": (4,)}, "image must be rows and columns, found (4,)"),
        ({"strides": (1, -2)}, "strides must be positive integers, found (1, -2)"),
        ({"iterations": 0}, "iterations must be positive integers, found 0"),
        ({"iterations": True}, "iterations must be positive integers, found True"),
    ],
)
def test_refuses_impossible_choices(choices: dict[str, Any], message: str) -> None:
    """Given a choice that no network has, when made, then it is refused."""
    assert rejection_of(lambda: Choices(**choices)) == Rejected(Reason.PARAMETER_INVALID, message)


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    """Given a decoder beside the network, when ignored by pattern, then it is left out and told."""
    state, pixels = shallow(), images(depth=2)
    more = state | {"decoder.0.weight": np.zeros(3), "decoder.0.bias": np.array([np.nan])}
    made = import_file(saved(tmp_path, more), choices=SMALL, ignore=["decoder.*"])
    assert made.facts[-2:] == (
        Fact("left out", "decoder.0.weight", "matches decoder.*"),
        Fact("left out", "decoder.0.bias", "matches decoder.*"),
    )
    assert_equal_outputs(made.network, pixels, shallow_forward(state, pixels))


@pytest.mark.parametrize("prefix", ["module.", "model.", "_orig_mod.module.model."])
def test_the_prefix_of_a_wrapper_is_left_off(prefix: str, tmp_path: Path) -> None:
    """Given names that a wrapper of PyTorch prefixed, when imported, then they are told apart."""
    state = {prefix + name: array for name, array in shallow().items()}
    made = import_file(saved(tmp_path, state), choices=SMALL)
    expected = [Fact("prefix", part + ".", "left off") for part in prefix.split(".")[:-1]]
    assert [fact for fact in made.facts if fact.what == "prefix"] == expected
    assert len(made.moves) == len(state)


def test_refuses_an_unknown_layout(tmp_path: Path) -> None:
    """Given a layout that does not exist, when imported, then those that do are told."""
    path = saved(tmp_path, shallow())
    assert rejection_of(lambda: import_file(path, layout="caffe")) == Rejected(
        Reason.NAME_UNKNOWN,
        f"{path}: no layout 'caffe'; known: qcapsnets-shallow, qcapsnets-deepcaps, q7-keras, "
        "fxcaps",
    )


def test_a_layout_that_is_given_is_taken(tmp_path: Path) -> None:
    """Given tensors of another layout, when one is given, then it says what it misses."""
    path = saved(tmp_path, shallow())
    assert rejection_of(lambda: import_file(path, layout="q7-keras")) == Rejected(
        Reason.TENSOR_MISSING,
        f"{path}: tensor 'capsule.weights' (classes, capsules, dim_out, dim) is missing",
    )
