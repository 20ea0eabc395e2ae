"""Trained networks on the MNIST test images: the accuracies that are published."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from fxcaps.api import predict, quantize_network, run
from fxcaps.network import Network
from tests.support.data import calibration, mnist_test, q7_network, trained_network


def right(found: np.ndarray, labels: np.ndarray) -> int:
    """How many of 10,000 are right: hundredths of a percent."""
    assert found.shape == labels.shape
    return int(np.count_nonzero(found == labels))


@cache
def mnist_small() -> Network:
    """Our trained mnist-small in float32."""
    return trained_network("mnist-small", "mnist-small.npz")


def test_q7_floats() -> None:
    """Given Q7-CapsNets' float weights, when run in floats, then 99.01 % are right."""
    images, labels = mnist_test()
    assert right(predict(q7_network(), images)["class"], labels) == 9901


def test_mnist_small_floats() -> None:
    """Given mnist-small, when run in floats, then 99.46 % are right."""
    images, labels = mnist_test()
    assert right(predict(mnist_small(), images)["class"], labels) == 9946


@pytest.mark.parametrize(("width", "expected"), [(8, 9940), (6, 9760)])
def test_mnist_small_integers(width: int, expected: int) -> None:
    """Given 8 and 6 bits by min-max, when run, then 0.06 and 1.86 points are lost."""
    images, labels = mnist_test()
    program = quantize_network(mnist_small(), calibration(), width=width)
    assert right(run(program, images, threads=2).words["class"], labels) == expected


def test_shallowcaps_integers() -> None:
    """Given ShallowCaps at 8 bits, when 200 images run, then at least 199 agree with floats."""
    network = trained_network("shallowcaps", "shallowcaps-mnist.npz")
    images = mnist_test()[0][:200]
    program = quantize_network(network, calibration(), width=8)
    found = run(program, images, threads=2).words["class"]
    assert right(found, predict(network, images)["class"]) >= 199
