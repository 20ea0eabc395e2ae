"""What an imported network computes, beside what its source computes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, forward, predict
from fxcaps.real import REAL

TOLERANCE = 1e-9
"""Relative, of lengths and of capsules as vectors."""


def class_capsules(network: Network, images: NDArray[Any]) -> NDArray[np.float64]:
    """Class capsules after the last iteration."""
    last = network.steps[-2].inputs["x"]
    return np.concatenate([made[last] for made in forward(network, images, REAL)])


def assert_equal_outputs(network: Network, images: NDArray[Any], expected: NDArray[Any]) -> None:
    """Capsules, lengths and classes are those of the source, to the tolerance."""
    found = class_capsules(network, images)
    lengths = np.sqrt(np.square(expected).sum(axis=2))
    error = np.sqrt(np.square(found - expected).sum(axis=2))
    assert found.shape == expected.shape
    assert float((error / lengths).max()) < TOLERANCE
    made = predict(network, images, REAL)
    np.testing.assert_allclose(made["length"], lengths, rtol=TOLERANCE, atol=0)
    assert made["class"].tolist() == lengths.argmax(axis=1).tolist()
    assert float(np.ptp(lengths)) > 0.1  # not all capsules alike
