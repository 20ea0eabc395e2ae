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
    architecture,
)
from fxcaps.types import Reason
from tests.network.build import random_tensors, small_network
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
