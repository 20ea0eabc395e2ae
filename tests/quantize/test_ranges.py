"""Calibration: ranges of every tensor, in any batches."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest

from fxcaps.network import forward
from fxcaps.quantize import Range, calibrate, lower
from fxcaps.quantize.ranges import hull, observe
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.network.build import small_architecture, small_images, small_network
from tests.support.outcomes import Rejected, rejection_of

NETWORK = small_network()
IMAGES = small_images(70)


def test_ranges_are_least_and_largest_values() -> None:
    """Given 70 images, when calibrated, then each range is that of all values at once, and 0."""
    (values,) = forward(NETWORK, IMAGES, REAL, batch=70)
    found = calibrate(NETWORK, IMAGES, REAL)
    assert list(found) == list(values)
    for name, array in values.items():
        low, high = min(array.min(), 0.0), max(array.max(), 0.0)
        np.testing.assert_allclose(
            [found[name].low, found[name].high], [low, high], rtol=0, atol=1e-13, err_msg=name
        )
    assert found["conv"].low == 0.0
    assert found["digit.b0"] == Range(0.0, 0.0)
    assert found["pixels"].high == float(IMAGES.max())


@pytest.mark.parametrize("size", [1, 7, 35])
def test_batches_change_nothing(size: int) -> None:
    """Given images in parts or in another order, when calibrated, then ranges and formats agree."""
    whole = calibrate(NETWORK, IMAGES, REAL)
    parts = [
        calibrate(NETWORK, IMAGES[::-1][first : first + size], REAL) for first in range(0, 70, size)
    ]
    joined = {name: reduce(Range.union, (part[name] for part in parts)) for name in whole}
    for name, seen in whole.items():
        np.testing.assert_allclose(
            [joined[name].low, joined[name].high], [seen.low, seen.high], rtol=0, atol=1e-13
        )
    digests = {lower(NETWORK, ranges, width=6).digest for ranges in (whole, joined)}
    assert len(digests) == 1


def test_tells_progress() -> None:
    """Given 70 images, when calibrated, then progress counts batches of 32."""
    told: list[tuple[int, int]] = []
    calibrate(NETWORK, IMAGES, REAL, progress=lambda done, total: told.append((done, total)))
    assert told == [(32, 70), (64, 70), (70, 70)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_rejects_what_is_not_finite(value: float) -> None:
    """Given a function that gives no number, when calibrated, then its tensor is named."""

    def squash(params: Any, inputs: Any) -> Any:
        made = REAL["squash"](params, inputs)
        made["out"][0, 0, 0] = value
        return made

    real = dict(REAL) | {"squash": squash}
    assert rejection_of(lambda: calibrate(NETWORK, IMAGES, real)) == Rejected(
        Reason.NOT_A_NUMBER, "step 'primary' makes 'primary', which is not finite"
    )


def test_rejects_images_and_architectures() -> None:
    """Given no images, floats, or no tensors, when calibrated, then each is rejected."""
    assert rejection_of(lambda: calibrate(NETWORK, IMAGES[:0], REAL)) == Rejected(
        Reason.DATA_INVALID, "images for 'pixels': there are none"
    )
    assert rejection_of(lambda: calibrate(NETWORK, IMAGES / 255, REAL)) == Rejected(
        Reason.DATA_INVALID,
        "images for 'pixels': expected integers of format u8f0, found float64",
    )
    assert rejection_of(lambda: calibrate(small_architecture(), IMAGES, REAL)) == Rejected(
        Reason.TENSOR_MISSING, "small: tensor 'conv.weight' (2, 3, 3, 1) is missing"
    )


def test_values_beyond_floats_are_rejected() -> None:
    """Given weights whose squares overflow, when calibrated, then the step is named, no more."""
    weights = {name: tensor * 1e200 for name, tensor in NETWORK.tensors.items()}
    assert rejection_of(lambda: calibrate(NETWORK.with_tensors(weights), IMAGES, REAL)) == Rejected(
        Reason.NOT_A_NUMBER, "step 'primary.conv' makes 'primary.maps', which is not finite"
    )


def test_ranges_hold_zero() -> None:
    """Given values of one sign, or none, when observed, then zero belongs to the range."""
    assert observe(np.array([2.0, 5.0]), "x") == Range(0.0, 5.0)
    assert observe(np.array([[-2.0], [-5.0]]), "x") == Range(-5.0, 0.0)
    assert observe(np.zeros((0, 3)), "x") == Range(0.0, 0.0)
    assert rejection_of(lambda: observe(np.array([0.0, np.nan]), "x")) == Rejected(
        Reason.NOT_A_NUMBER, "x: values are not finite"
    )
    assert Range(-5.0, 2.0).largest == 5.0
    assert Range(-1.0, 2.0).largest == 2.0


def test_hulls() -> None:
    """Given ranges, when joined, then the hull holds all of them."""
    assert Range(-1.0, 2.0).union(Range(-3.0, 1.0)) == Range(-3.0, 2.0)
    assert hull([Range(-1.0, 0.0), Range(0.0, 7.0), Range(-0.5, 1.0)]) == Range(-1.0, 7.0)
    assert hull([]) == Range(0.0, 0.0)
