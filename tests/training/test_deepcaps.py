"""Training of DeepCaps: its layers, its normalisation, its start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps import datasets
from fxcaps.network import DeepCapsCode, forward, load_network, parameters, save_network
from fxcaps.ops import (
    Affine,
    Concat,
    ConvRouting,
    ConvVotes,
    EpsilonAt,
    Mask,
    Parameters,
    RoutingIteration,
    SoftmaxAxes,
    SquashAxes,
    SquashExact,
    Transpose,
)
from fxcaps.quantize import fold_batch_norm
from fxcaps.real import REAL
from fxcaps.types import Reason, Rejection
from tests.network.deep import EPSILON, images, narrow, statistics, trained

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from training import state  # noqa: E402 - after the skip
from training.data import Split  # noqa: E402
from training.layers import LAYERS  # noqa: E402
from training.loop import CHECKPOINT, Log, Stop, measure, run_epochs  # noqa: E402
from training.model import CapsuleModel  # noqa: E402
from training.norm import BatchNorm  # noqa: E402
from training.state import Recipe, Training  # noqa: E402

RECIPE = Recipe(network="deepcaps-28-16", data="mnist", epochs=2, images=44, batch=16)


def _random(*shape: int, seed: int = 5) -> Any:
    return np.random.default_rng(seed).normal(0.0, 1.0, shape)


ROUTING = ConvRouting(iterations=(RoutingIteration(),) * 3, update_last=True)
VOTES = {"votes": _random(2, 4, 3, 2, 6, 5), "bias": _random(3, 5)}
KERNELS = {
    "u": _random(2, 5, 4, 6, 3),
    "weight": _random(2, 4, 5, 3, 2, 3),
    "bias": _random(2, 4, 5),
}
VECTORS = {"x": _random(3, 4, 5)}


@pytest.mark.parametrize(
    ("params", "inputs"),
    [
        (ROUTING, VOTES),
        (ROUTING, {"votes": VOTES["votes"]}),
        (replace(ROUTING, squash_axes=SquashAxes.GRID), VOTES),
        (replace(ROUTING, softmax_axes=SoftmaxAxes.TYPES), VOTES),
        (ConvVotes(padding=(1, 0, 2, 1), stride=(2, 1)), KERNELS),
        (ConvVotes(), {k: v for k, v in KERNELS.items() if k != "bias"}),
        (Transpose(axes=(1, 2, 0)), {"x": _random(2, 3, 4, 5)}),
        (Concat(axis=1), {"x": _random(2, 3, 4), "y": _random(2, 3, 1)}),
        *((SquashExact(epsilon=(1, 8), epsilon_at=at), VECTORS) for at in EpsilonAt),
    ],
)
def test_layers_equal_the_float_functions(params: Parameters, inputs: dict[str, Any]) -> None:
    """Given a call, when a layer makes it in float64, then as fxcaps does to 1e-9."""
    made = LAYERS[params.operation](params, {k: torch.from_numpy(v) for k, v in inputs.items()})
    expected = REAL[params.operation](params, inputs)
    assert set(made) == set(expected)
    for port, values in expected.items():
        assert made[port].shape == values.shape
        np.testing.assert_allclose(made[port].numpy(), values, rtol=1e-9, atol=1e-12, err_msg=port)


def test_other_movements_are_refused() -> None:
    """Given a layout that networks are not trained with, when called, then it says which."""
    with pytest.raises(Rejection) as refused:
        LAYERS["layout"](Mask(axis=0), {"x": torch.zeros(1, 2)})
    assert (refused.value.reason, refused.value.message) == (
        Reason.NAME_UNKNOWN,
        "training has no layout Mask",
    )


@pytest.mark.parametrize("code", list(DeepCapsCode))
def test_a_trained_network_goes_round(code: DeepCapsCode) -> None:
    """Given a trained network, when made a module, then it computes the same.

    Its tensors, and what its normalisation holds, are float32 in the module: equal to 1e-5.
    """
    network = trained(narrow(code))
    model = CapsuleModel(network, generator=torch.Generator()).double().eval()
    given = images(network, 3)
    with torch.no_grad():
        made = model(torch.from_numpy(given))
    for name, values in next(forward(network, given, REAL)).items():
        scale = np.abs(values).max()
        np.testing.assert_allclose(made[name].numpy(), values, rtol=1e-5, atol=1e-5 * scale)


@pytest.mark.parametrize("relu", [False, True])
def test_normalisation_is_its_fold(relu: bool) -> None:
    """Given trained statistics, when evaluated, then as the affine step that they fold to."""
    given = statistics(4)
    norm = BatchNorm(Affine.from_ratios([1] * 4, [0] * 4, relu=relu)).double().eval()
    with torch.no_grad():
        for name, values in given.items():
            getattr(norm, name).copy_(torch.from_numpy(values))
    folded = norm.folded()
    assert folded == fold_batch_norm(**given, epsilon=EPSILON, relu=relu)
    x = _random(2, 3, 5, 4)
    expected = REAL["affine"](folded, {"x": x})["out"]
    made = norm(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(made, expected, rtol=1e-9, atol=1e-12)


def test_normalisation_learns_statistics() -> None:
    """Given batches, when trained, then channels have mean 0 and variance 1, running ones near."""
    norm = BatchNorm(Affine.from_ratios([1] * 3, [0] * 3)).double().train()
    x = torch.from_numpy(_random(8, 7, 7, 3) * [1.0, 2.0, 0.5] + [0.0, 3.0, -1.0])
    for _ in range(200):
        made = norm(x)
    flat, seen = made.reshape(-1, 3), x.reshape(-1, 3)
    torch.testing.assert_close(flat.mean(0), torch.zeros(3).double(), rtol=0, atol=1e-9)
    torch.testing.assert_close(
        flat.var(0, unbiased=False), torch.ones(3).double(), rtol=5e-3, atol=0
    )
    torch.testing.assert_close(norm.mean, seen.mean(0), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(norm.variance, seen.var(0), rtol=1e-6, atol=0)


def test_gradient_of_a_routed_cell_is_that_of_constant_couplings() -> None:
    """Given votes on a grid, when differentiated, then the last couplings are constants."""
    votes = torch.from_numpy(VOTES["votes"]).requires_grad_()
    bias = torch.from_numpy(VOTES["bias"])
    made = LAYERS["conv_routing"](ROUTING, {"votes": votes, "bias": bias})
    (found,) = torch.autograd.grad(made["v2"].square().sum(), votes)
    c = made["c2"].detach()
    s = torch.einsum("nihwj,nihwjd->nhwjd", c, votes) + bias.repeat(2, 1)
    squares = s.square().sum(-1, keepdim=True)
    v = s * squares.sqrt() / (1 + squares)
    (expected,) = torch.autograd.grad(v.square().sum(), votes)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-15)
    assert not made["b2"].requires_grad


def test_capsules_do_not_vanish_at_the_start() -> None:
    """Given new weights, when digits are shown, then capsules of every cell have some length."""
    training = Training(RECIPE)
    given = torch.from_numpy(datasets.digits("calibration")[0][:16])
    with torch.no_grad():
        made = training.model.train()(given)
    for name in ("cell1", "cell2", "cell3", "cell4"):
        assert 0.2 < made[name].norm(dim=-1).median() < 1.8, name
    assert 0.05 < made["length"].median() < 0.9


def test_a_resumed_run_ends_the_same(
    tmp_path: Path, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a run stopped in its second epoch, when resumed, then as one without stop.

    Running statistics belong to the checkpoint. The network is a narrow one.
    """
    small = narrow(DeepCapsCode.QCAPSNETS, image=(28, 28, 1), classes=10)
    monkeypatch.setattr(state, "architecture", lambda _: small)

    class _StopAfter(Stop):
        looks = 4

        @property  # type: ignore[override]
        def asked(self) -> bool:
            self.looks -= 1
            return self.looks < 0

        @asked.setter
        def asked(self, value: bool) -> None:
            """Nobody else asks."""

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    first, stopped, resumed = Training(RECIPE), Training(RECIPE), Training(RECIPE)
    assert run_epochs(first, split, whole, Log(whole / "log"), Stop())
    assert not run_epochs(stopped, split, parts, Log(parts / "log"), _StopAfter())
    resumed.restore(parts / CHECKPOINT)
    assert run_epochs(resumed, split, parts, Log(parts / "log"), Stop())
    expected, found = first.model.state_dict(), resumed.model.state_dict()
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    norm = first.model.normalisations["norm"]
    assert not torch.equal(norm.mean, torch.zeros(3))
    _assert_exported(first, split, tmp_path)


def _assert_exported(training: Training, split: Split, folder: Path) -> None:
    """The written network classifies as the module does, and its counts are the architecture's."""
    network = training.model.trained()
    save_network(network, folder / "made.npz")
    read = load_network(folder / "made.npz")
    assert read.steps == network.steps
    assert parameters(read) == parameters(training.model.network)
    predicted = np.concatenate(
        [made["class"] for made in forward(read, split.validation.images, REAL)]
    )
    correct = int((predicted == split.validation.labels).sum())
    assert measure(training, split.validation) == pytest.approx(correct / 20)
