"""The PyTorch module equals fxcaps' float forward, and learns through the last iteration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import fxcaps
from fxcaps import datasets
from fxcaps.network import (
    ARCHITECTURES,
    Network,
    Step,
    architecture,
    capsule_network,
    forward,
)
from fxcaps.ops import Isqrt
from fxcaps.real import REAL
from fxcaps.types import Format, Reason, Rejection, Signature
from tests.network.deep import images as images_of

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from training.layers import LAYERS, layer_of  # noqa: E402 - after the skip
from training.model import CapsuleModel  # noqa: E402
from training.norm import TRAINED  # noqa: E402
from training.start import INITIAL  # noqa: E402


def _model(network: Network) -> CapsuleModel:
    return CapsuleModel(network, generator=torch.Generator().manual_seed(3)).double()


def _images(count: int) -> NDArray[np.uint8]:
    return datasets.digits("evaluation")[0][:count]


def _assert_equal(model: CapsuleModel, network: Network, images: NDArray[np.uint8]) -> None:
    with torch.no_grad():
        made = model.eval()(torch.from_numpy(images))
    expected = next(forward(network, images, REAL))
    assert set(made) == set(expected)
    for name, values in expected.items():
        scale = np.abs(values).max()
        np.testing.assert_allclose(
            made[name].numpy(), values, rtol=1e-9, atol=1e-9 * scale, err_msg=name
        )


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_equals_the_float_forward(name: str) -> None:
    """Given new weights, when both run in float64, then every tensor agrees to 1e-9."""
    network = architecture(name)
    model = _model(network)
    if model.normalisations:
        with (
            torch.no_grad()
        ):  # a batch in training mode, for statistics that are none of the start's
            model.train()(torch.from_numpy(images_of(network, 2, seed=6)))
    count = 1 if "64" in name else 3
    _assert_equal(model, model.trained(), images_of(network, count))


def test_shared_matrices_and_features_equal_the_float_forward() -> None:
    """Given features of 2**-3 and a matrix a type, when both run, then every tensor agrees."""
    network = capsule_network(
        "shared",
        image=(10, 10, 2),
        channels=3,
        kernel=3,
        types=3,
        dim=2,
        stride=2,
        classes=4,
        dim_out=3,
        shared_transforms=True,
    )
    steps = tuple(
        replace(s, inputs={p: "pixels" if t == "image" else t for p, t in s.inputs.items()})
        for s in network.steps[1:]
    )
    inputs = {"pixels": Signature((10, 10, 2), Format(False, 8, 3))}
    features = replace(network, steps=steps, inputs=inputs)
    words = np.random.default_rng(0).integers(0, 256, (4, 10, 10, 2), np.uint8)
    model = _model(features)
    _assert_equal(model, model.trained(), words)


def test_trained_weights_equal_the_float_forward() -> None:
    """Given the embedded model, when both run, then tensors agree and so do its classes."""
    network = fxcaps.load_network("mnist-small")
    _assert_equal(_model(network), network, _images(32))


def test_tensors_go_round() -> None:
    """Given a network's tensors, when made a module and back, then none has changed."""
    network = fxcaps.load_network("mnist-small")
    back = CapsuleModel(network, generator=torch.Generator()).tensors()
    assert set(back) == set(network.expected)
    for name, tensor in back.items():
        np.testing.assert_array_equal(tensor, network.tensors[name])


def test_constants_are_not_trained() -> None:
    """Given the routed primary layer, when made a module, then 1/32 is no parameter."""
    model = _model(architecture("shallowcaps-routed"))
    assert "primary_coupling" not in dict(model.named_parameters())
    assert model.primary_coupling.item() == 1 / 32
    assert set(model.tensors()) == set(model.network.expected) - {"primary.coupling"}


def test_same_seed_same_weights() -> None:
    """Given a seed, when two modules are made, then they are equal; another seed differs."""
    network = architecture("mnist-small")
    first, again, other = (
        CapsuleModel(network, generator=torch.Generator().manual_seed(seed)).tensors()
        for seed in (1, 1, 2)
    )
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["digit.weight"], other["digit.weight"])


def test_gradient_is_that_of_constant_couplings() -> None:
    """Given a batch, when differentiated, then couplings of the last iteration are constants."""
    model = _model(fxcaps.load_network("mnist-small"))
    made = model(torch.from_numpy(_images(4)))
    weight = model.digit_weight
    found = torch.autograd.grad(made["length"].square().sum(), weight, retain_graph=True)[0]
    u, c = made["primary"].detach(), made["digit.c2"].detach()
    s = torch.einsum("nij,ijdk,nik->njd", c, weight, u) + model.digit_bias.detach()
    squares = s.square().sum(-1)
    expected = torch.autograd.grad((squares / (1 + squares)).square().sum(), weight)[0]
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-15)


def test_gradient_at_zero_is_finite() -> None:
    """Given capsules of length zero, when differentiated, then no gradient is NaN."""
    x = torch.zeros(2, 3, 4, requires_grad=True)
    squashed = LAYERS["squash"](None, {"x": x})["out"]
    torch.autograd.backward(LAYERS["length"](None, {"x": squashed})["out"].sum())
    assert torch.equal(x.grad, torch.zeros(2, 3, 4))


def test_bfloat16_stays_near() -> None:
    """Given convolutions in bfloat16, when run, then lengths differ a little and are float32."""
    network = fxcaps.load_network("mnist-small")
    images = torch.from_numpy(_images(16))
    exact, near = (
        CapsuleModel(network, generator=torch.Generator(), bfloat16=flag)(images)["length"]
        for flag in (False, True)
    )
    assert near.dtype == torch.float32
    assert 0 < (exact - near).abs().max() < 0.05


def test_layers_are_operations_of_the_float_table() -> None:
    """Given the tables, when compared, then every layer and start names a real function."""
    assert set(INITIAL) <= set(LAYERS) <= set(REAL)
    assert not set(TRAINED) & set(LAYERS)
    assert set(TRAINED) <= set(REAL)


def test_an_untrainable_operation_is_refused() -> None:
    """Given a network with an operation without layer, when made a module, then it says so."""
    step = Step("root", Isqrt(), {"x": "pixels"}, {"out": "root"})
    image = Signature((2,), Format(False, 8, 0))
    network = Network("odd", {"pixels": image}, (step,), ("root",), {})
    with pytest.raises(Rejection) as refused:
        CapsuleModel(network, generator=torch.Generator())
    assert refused.value.reason is Reason.NAME_UNKNOWN
    assert refused.value.message == (
        f"training has no operation 'isqrt'; known: {', '.join(LAYERS)}"
    )
    assert layer_of("squash") is LAYERS["squash"]
