"""The float forward, against formulas written out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.network import Network, architecture, forward, predict
from fxcaps.network.forward import batch_size
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.network.build import small_architecture, small_images, small_network
from tests.support.floats import assert_close
from tests.support.outcomes import Rejected, rejection_of

Floats = NDArray[np.float64]
IMAGES = small_images(7)
FIRST = int(IMAGES[0, 0, 0, 0])


def by_hand(network: Network, image: NDArray[Any]) -> dict[str, Floats]:
    """Every tensor of one image, one number at a time (Sabour et al. 2017)."""
    w = network.tensors
    made: dict[str, Any] = {"pixels": image + 0.0, "image": image / 255}
    conv = convolve(made["image"], w["conv.weight"], 1) + w["conv.bias"]
    made["conv"] = np.where(conv > 0, conv, 0)
    made["primary.maps"] = convolve(made["conv"], w["primary.weight"], 2)
    if network.fixed:
        made["primary.votes"] = made["primary.maps"].reshape(1, 8, 3)
        bias = np.array([w["primary.bias"][capsule % 2] for capsule in range(8)])
        made["primary.s"] = made["primary.votes"][0] / 2 + bias
    else:
        made["primary.maps"] = made["primary.maps"] + w["primary.bias"]
        made["primary.s"] = made["primary.maps"].reshape(8, 3)
    made["primary"] = u = shrink(made["primary.s"])
    weight = w["digit.weight"]
    votes = np.array([[weight[i, j] @ u[i] for j in range(3)] for i in range(8)])
    made["digit.votes"] = votes
    b = np.zeros((8, 3))
    for r in range(3):
        made[f"digit.b{r}"] = b
        made[f"digit.c{r}"] = c = np.exp(b) / np.exp(b).sum(axis=1)[:, None]
        s = sum(c[i][:, None] * votes[i] for i in range(8)) + w.get("digit.bias", 0)
        made[f"digit.s{r}"] = s
        made[f"digit.v{r}"] = v = shrink(s)
        if r < 2:
            agreements = [[float(votes[i, j] @ v[j]) for j in range(3)] for i in range(8)]
            made[f"digit.a{r}"] = np.array(agreements)
            b = b + made[f"digit.a{r}"]
    made["length"] = np.array([float(np.hypot(*vector)) for vector in v])
    made["class"] = np.array(float(made["length"].tolist().index(max(made["length"]))))
    return made


def convolve(x: Floats, weight: Any, stride: int) -> Floats:
    """Valid convolution: a window times each kernel, summed."""
    out, rows, columns, _ = weight.shape
    height = (x.shape[0] - rows) // stride + 1
    width = (x.shape[1] - columns) // stride + 1
    made = np.zeros((height, width, out))
    for y, z, o in np.ndindex(made.shape):
        window = x[stride * y : stride * y + rows, stride * z : stride * z + columns]
        made[y, z, o] = (window * weight[o]).sum()
    return made


def shrink(vectors: Floats) -> Floats:
    """Squash of every row."""
    lengths = [float(np.sqrt(row @ row)) for row in vectors]
    return np.array([row * n / (1 + n**2) for row, n in zip(vectors, lengths, strict=True)])


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("routed", [False, True])
def test_every_tensor_is_the_formulas(routed: bool, bias: bool) -> None:
    """Given a small network, when run in floats, then each tensor is what the formulas give."""
    network = small_network(routed=routed, bias=bias)
    (found,) = forward(network, IMAGES, REAL)
    assert set(found) == set(network.shapes()) - set(network.expected)
    for index, image in enumerate(IMAGES):
        expected = by_hand(network, image)
        assert set(expected) == set(found)
        for name, values in expected.items():
            assert_close(found[name][index], values, 1e-12, name)


def test_a_routed_primary_layer_is_a_plain_one_divided() -> None:
    """Given a routed layer, when its weights are divided by its types, then plain is the same."""
    routed = small_network(routed=True)
    tensors = {name: routed.tensors[name] for name in routed.tensors if name not in routed.fixed}
    tensors["primary.weight"] = tensors["primary.weight"] / 2
    tensors["primary.bias"] = tensors["primary.bias"].reshape(6)
    plain = small_architecture().with_tensors(tensors)
    (expected,), (found,) = (forward(network, IMAGES, REAL) for network in (routed, plain))
    for name in ("primary.s", "primary", "digit.votes", "digit.v2", "length", "class"):
        assert_close(found[name], expected[name], 1e-12, name)
    assert float(np.ptp(expected["length"])) > 0.1


@pytest.mark.parametrize("batch", [1, 3, 7, 50])
def test_batches_change_nothing(batch: int) -> None:
    """Given any batch size, when run, then the parts together are the whole."""
    network = small_network()
    parts = list(forward(network, IMAGES, REAL, batch=batch))
    assert [len(part["length"]) for part in parts] == [
        len(IMAGES[first : first + batch]) for first in range(0, 7, batch)
    ]
    joined = np.concatenate([part["length"] for part in parts])
    expected = predict(network, IMAGES, REAL)
    assert_close(joined, expected["length"], 1e-14)


def test_batches_fit_into_memory() -> None:
    """Given small and large networks, when batched, then by 32 at most and within 256 MiB."""
    assert batch_size(small_network()) == 32
    large = architecture("deepcaps-64-qcapsnets")
    words = sum(
        math.prod(shape) for name, shape in large.shapes().items() if name not in large.expected
    )
    assert batch_size(large) == 2**28 // (8 * words) == 5


def test_predict_gives_the_outputs_and_tells_progress() -> None:
    """Given 40 images, when predicted, then outputs come with progress after each batch of 32."""
    images = small_images(40)
    told: list[tuple[int, int]] = []
    found = predict(
        small_network(), images, REAL, progress=lambda done, total: told.append((done, total))
    )
    assert {name: array.shape for name, array in found.items()} == {
        "length": (40, 3),
        "class": (40,),
    }
    assert found["class"].tolist() == found["length"].argmax(axis=1).tolist()
    assert told == [(32, 40), (40, 40)]


@pytest.mark.parametrize(
    ("images", "reason", "message"),
    [
        (
            IMAGES / 255,
            Reason.DATA_INVALID,
            "images for 'pixels': expected integers of format u8f0, found float64",
        ),
        (
            IMAGES[..., 0],
            Reason.SHAPE_MISMATCH,
            "images for 'pixels': expected shape (N, 8, 8, 1), found (7, 8, 8)",
        ),
        (IMAGES[:0], Reason.DATA_INVALID, "images for 'pixels': there are none"),
        (
            IMAGES.astype(np.int64) + 1000,
            Reason.WORD_OUT_OF_RANGE,
            f"images for 'pixels': word {FIRST + 1000} at (0, 0, 0, 0) is outside u8f0 [0, 255]",
        ),
    ],
)
def test_rejects_images(images: Any, reason: Reason, message: str) -> None:
    """Given images of another type, shape or range, when predicted, then they are rejected."""
    network = small_network()
    assert rejection_of(lambda: predict(network, images, REAL)) == Rejected(reason, message)


def test_rejects_what_it_cannot_run() -> None:
    """Given no tensors, then two inputs, when predicted, then each is rejected."""
    assert rejection_of(lambda: predict(small_architecture(), IMAGES, REAL)) == Rejected(
        Reason.TENSOR_MISSING, "small: tensor 'conv.weight' (2, 3, 3, 1) is missing"
    )
    network = small_network(routed=True)
    pixels = network.inputs["pixels"]
    expected = {k: v for k, v in network.expected.items() if k != "primary.coupling"}
    tensors = {k: v for k, v in network.tensors.items() if k != "primary.coupling"}
    both = replace(
        network,
        inputs={"pixels": pixels, "primary.coupling": pixels._replace(shape=(1, 1))},
        expected=expected,
        fixed=frozenset(),
        tensors=tensors,
    )
    assert rejection_of(lambda: predict(both, IMAGES, REAL)) == Rejected(
        Reason.PORT_MISMATCH, "small has 2 inputs, images are for one"
    )
