"""DeepCaps of Q-CapsNets: the same outputs as its own forward, statistics folded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.importers import Choices, Fact, Imported, import_file
from fxcaps.network import architecture, load_network, parameters, save_network
from fxcaps.types import Reason
from tests.importers.compare import assert_equal_outputs, class_capsules
from tests.importers.deep import IMAGE, deep, deep_forward, shapes
from tests.importers.sources import Arrays, images
from tests.support.data import real_file
from tests.support.outcomes import Rejected, rejection_of

SMALL = Choices(image=IMAGE)
PIXELS = images(depth=2, image=IMAGE)


def saved(directory: Path, arrays: Arrays) -> Path:
    """Arrays in an `.npz`."""
    np.savez(directory / "model.npz", allow_pickle=False, **arrays)
    return directory / "model.npz"


@pytest.mark.parametrize("iterations", [1, 3])
@pytest.mark.parametrize("seed", [0, 1])
def test_outputs_are_those_of_the_source(seed: int, iterations: int, tmp_path: Path) -> None:
    """Given random weights and statistics, when imported, saved and read, then outputs agree."""
    state = deep(seed)
    choices = Choices(image=IMAGE, iterations=iterations)
    made = import_file(saved(tmp_path, state), choices=choices).network
    save_network(made, tmp_path / "network.npz")
    network = load_network(tmp_path / "network.npz")
    assert_equal_outputs(network, PIXELS, deep_forward(state, PIXELS, iterations))


@pytest.mark.parametrize(
    "name",
    [
        "conv1.batchnorm.running_mean",
        "conv1.batchnorm.running_var",
        "block1.l_skip.conv.weight",
        "block3.l2.conv.bias",
        "block4.l_skip.conv.weight",
        "block4.l_skip.conv.bias",
        "block4.l_skip.bias",
        "capsLayer.weight",
    ],
)
def test_every_kind_of_tensor_matters(name: str, tmp_path: Path) -> None:
    """Given one tensor turned round, when imported, then the outputs are others, and the source's.

    So that no tensor agrees by having no effect.
    """
    state = deep()
    changed = state | {name: state[name][::-1].copy()}
    network = import_file(saved(tmp_path, changed), choices=SMALL).network
    assert_equal_outputs(network, PIXELS, deep_forward(changed, PIXELS))
    difference = np.abs(class_capsules(network, PIXELS) - deep_forward(state, PIXELS))
    assert float(difference.max()) > 1e-5


def published(depth: int, side: int, directory: Path) -> tuple[Arrays, Imported]:
    """A state dict of the published size, imported."""
    count = {28: 640, 64: 2560}[side]
    sizes: dict[str, Any] = {"depth": depth, "channels": 128, "types": 32, "dims": (4, 8, 8, 8)}
    state = deep(votes=(count, 10, 32), **sizes)
    state = {name: array / 8 if array.ndim > 1 else array for name, array in state.items()}
    return state, import_file(saved(directory, state))


@pytest.mark.parametrize(
    ("depth", "side", "count"), [(1, 28, 8_445_504), (3, 64, 13_363_008)], ids=["28", "64"]
)
def test_the_published_sizes_need_no_choice(
    depth: int, side: int, count: int, tmp_path: Path
) -> None:
    """Given a DeepCaps of the published size, then it is the architecture of that name."""
    state, made = published(depth, side, tmp_path)
    network = made.network
    known = architecture(f"deepcaps-{side}-qcapsnets")
    assert (network.name, network.expected) == (known.name, known.expected)
    assert [step.name for step in network.steps] == [step.name for step in known.steps]
    assert sum(parameters(network).values()) == count
    assert made.facts[1:] == (
        Fact("layout", "qcapsnets-deepcaps", "detected by 'capsLayer.weight'"),
        Fact("image", f"{side}x{side}", "default"),
        Fact("iterations", "3", "default"),
        Fact("epsilon", "0.001", "of the layout, folded with the statistics"),
        Fact("left out", "conv1.batchnorm.num_batches_tracked", "matches *.num_batches_tracked"),
    )
    if side == 28:
        pixels = images(depth, count=1, image=(side, side))
        expected = deep_forward(state, pixels)
        found = class_capsules(network, pixels)
        lengths = np.sqrt(np.square(expected).sum(axis=2))
        error = np.sqrt(np.square(found - expected).sum(axis=2))
        assert float((error / lengths).max()) < 1e-9


@pytest.mark.parametrize(("depth", "side", "count"), [(1, 28, 640), (3, 64, 2560)])
def test_the_recorded_table_has_these_shapes(depth: int, side: int, count: int) -> None:
    """Given the names and shapes recorded from the code, then they are those of this test."""
    tables = json.loads(real_file("qcapsnets/layer_tables.json").read_text(encoding="utf-8"))
    listed = tables[f"DeepCaps({side}, {depth}, 10, 32)"]
    entries = [*listed["parameters"], *listed["buffers"]]
    expected: dict[str, tuple[int, ...]] = shapes(
        depth, channels=128, types=32, dims=(4, 8, 8, 8), votes=(count, 10, 32)
    )
    expected["conv1.batchnorm.num_batches_tracked"] = ()
    assert {entry["name"]: tuple(entry["shape"]) for entry in entries} == expected


def changed(**changes: Any) -> Arrays:
    """The small state dict with some tensors changed; `None` takes one out."""
    arrays: dict[str, Any] = deep() | {n.replace("__", "."): a for n, a in changes.items()}
    return {name: array for name, array in arrays.items() if array is not None}


@pytest.mark.parametrize(
    ("arrays", "choices", "reason", "message"),
    [
        (
            changed(conv1__batchnorm__running_var=None),
            SMALL,
            Reason.TENSOR_MISSING,
            "tensor 'conv1.batchnorm.running_var' (3,) is missing",
        ),
        (
            changed(conv1__batchnorm__running_var=np.array([1.0, -0.5, 2.0])),
            SMALL,
            Reason.DATA_INVALID,
            (
                "batch normalisation: variance and epsilon of channel 1 come to -0.499, which must "
                "be positive"
            ),
        ),
        (
            changed(block2__l3__conv__weight=np.zeros((6, 5, 3, 3))),
            SMALL,
            Reason.SHAPE_MISMATCH,
            "tensor 'block2.l3.conv.weight' needs shape (6, 6, 3, 3), found (6, 5, 3, 3)",
        ),
        (
            changed(block1__l1__conv__weight=np.zeros((4, 3, 5, 5))),
            SMALL,
            Reason.SHAPE_MISMATCH,
            (
                "tensor 'block1.l1.conv.weight' needs shape (2*dim1, before1, 3, 3), "
                "found (4, 3, 5, 5)"
            ),
        ),
        (
            changed(block5__l1__conv__bias=np.zeros(4)),
            SMALL,
            Reason.TENSOR_UNUSED,
            (
                "tensor 'block5.l1.conv.bias' (4,) is unknown to the layout qcapsnets-deepcaps; "
                "ignore it by name if it may be left out"
            ),
        ),
        (
            changed(),
            Choices(),
            Reason.SHAPE_MISMATCH,
            (
                "images of 64x64x2 give (8x8 + 4x4)x2 = 160 capsules, 'capsLayer.weight' has "
                "weights for 16; no square images would fit"
            ),
        ),
        (
            deep(depth=1, votes=(10, 3, 5)),
            Choices(),
            Reason.SHAPE_MISMATCH,
            (
                "images of 28x28x1 give (4x4 + 2x2)x2 = 40 capsules, 'capsLayer.weight' has "
                "weights for 10; images of 9x9 to 16x16 would fit"
            ),
        ),
        (
            changed(),
            Choices(image=IMAGE, strides=(1, 2)),
            Reason.PARAMETER_INVALID,
            "the strides of DeepCaps are fixed",
        ),
    ],
)
def test_refuses(
    arrays: Arrays, choices: Choices, reason: Reason, message: str, tmp_path: Path
) -> None:
    """Given a tensor or a choice that does not fit, when imported, then one line tells."""
    path = saved(tmp_path, arrays)
    assert rejection_of(lambda: import_file(path, choices=choices)) == Rejected(
        reason, f"{path}: {message}"
    )
