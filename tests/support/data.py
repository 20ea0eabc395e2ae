"""Real weights and images, where the machine has them.

They are looked for in the directory that FXCAPS_TEST_DATA names, or in `shared/data` beside the
repository; a test that needs what is not there is skipped with that reason.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.datasets import digits, load
from fxcaps.network import Network, architecture, load_network
from fxcaps.types import Reason, Rejection

DATA = Path(
    os.environ.get("FXCAPS_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)


def real_file(name: str) -> Path:
    """A file of the real data; skips the test that asks for one that is not there."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is absent; FXCAPS_TEST_DATA can name its directory")
    return path


def mnist_test() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The 10,000 MNIST test images and labels; skips where they are missing."""
    try:
        return _mnist_test()
    except Rejection as rejection:
        if rejection.reason is not Reason.FILE_UNREADABLE:
            raise
        pytest.skip(rejection.message)


@cache
def _mnist_test() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return load("mnist", "test", directory=DATA if DATA.is_dir() else None)


def calibration() -> NDArray[np.uint8]:
    """The 250 embedded digits to calibrate with; none is a test image."""
    return digits("calibration")[0]


def q7_network() -> Network:
    """The MNIST network of Q7-CapsNets with its authors' float weights, axes put in our order."""
    with np.load(real_file("q7/mnist_float_weights.npz"), allow_pickle=False) as file:
        given: dict[str, NDArray[Any]] = dict(file)
    return architecture("q7-mnist").with_tensors(
        {
            "conv.weight": given["conv2d.kernel_HWIO"].transpose(3, 0, 1, 2),
            "conv.bias": given["conv2d.bias"],
            "primary.weight": given["primary_capsule.kernel_HWIO"].transpose(3, 0, 1, 2),
            "primary.bias": given["primary_capsule.bias"],
            "digit.weight": given["capsule.weights_OINK"].transpose(1, 0, 2, 3),
        }
    )


def trained_network(name: str, file: str) -> Network:
    """A network of ours with its weights in float32."""
    return load_network(real_file(f"weights/{file}"), name=name)
