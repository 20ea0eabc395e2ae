"""Batch normalisation folded to exact rationals."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.ops import Affine
from fxcaps.quantize import fold_batch_norm
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.support.outcomes import Rejected, rejection_of

GIVEN: dict[str, Any] = {
    "gamma": np.array([1.0, -0.5]),
    "beta": np.array([0.25, 3.0]),
    "mean": np.array([2.0, -1.0]),
    "variance": np.array([4.0, 0.25]),
}


def test_roots_that_are_doubles() -> None:
    """Given variances with exact roots, when folded, then scale and offset are by hand."""
    assert fold_batch_norm(**GIVEN, epsilon=0.0) == Affine.from_ratios(
        [Fraction(1, 2), -1], [Fraction(-3, 4), 2]
    )
    assert fold_batch_norm(**GIVEN, epsilon=0.0, relu=True).relu


_FLOATS = st.floats(-100.0, 100.0, width=32)


@given(_FLOATS, _FLOATS, _FLOATS, st.floats(0.0, 100.0, width=32))
def test_only_the_scale_is_rounded(g: float, b: float, m: float, v: float) -> None:
    """Given any float32 statistics, when folded, then the offset is exact for that scale."""
    folded = fold_batch_norm(
        *(np.array([value], np.float32) for value in (g, b, m, v)), epsilon=1e-5
    )
    scale = Fraction(folded.scale_numerator[0], folded.scale_denominator[0])
    offset = Fraction(folded.offset_numerator[0], folded.offset_denominator[0])
    assert scale == Fraction(g / math.sqrt(v + 1e-5))
    assert offset == Fraction(b) - Fraction(m) * scale


def test_is_the_normalisation() -> None:
    """Given random statistics, when folded, then floats are those of the usual formula."""
    random = np.random.default_rng(3)
    gamma, beta, mean = random.normal(size=(3, 5))
    variance = random.uniform(0.1, 4.0, 5)
    x = random.normal(size=(7, 4, 5))
    params = fold_batch_norm(gamma, beta, mean, variance, epsilon=1e-3)
    expected = gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta
    found = REAL["affine"](params, {"x": x})["out"]
    assert float(np.abs(found - expected).max()) < 1e-12


@pytest.mark.parametrize(
    ("changes", "epsilon", "reason", "message"),
    [
        (
            {"mean": np.zeros(3)},
            0.0,
            Reason.SHAPE_MISMATCH,
            "mean needs one entry for each channel, found shape (3,) beside gamma (2,)",
        ),
        (
            dict.fromkeys(GIVEN, np.zeros((2, 1))),
            0.0,
            Reason.SHAPE_MISMATCH,
            "gamma needs one entry for each channel, found shape (2, 1) beside gamma (2, 1)",
        ),
        (
            dict.fromkeys(GIVEN, np.zeros(0)),
            0.0,
            Reason.SHAPE_MISMATCH,
            "gamma needs one entry for each channel, found shape (0,) beside gamma (0,)",
        ),
        (
            {"beta": np.array([1.0, np.nan])},
            0.0,
            Reason.NOT_A_NUMBER,
            "beta of channel 1 is nan",
        ),
        ({}, np.inf, Reason.NOT_A_NUMBER, "variance and epsilon of channel 0 is inf"),
        (
            {"gamma": np.array([1e300, 0.0]), "variance": np.array([1e-300, 1.0])},
            0.0,
            Reason.NOT_A_NUMBER,
            "scale of channel 0 is inf",
        ),
        (
            {"variance": np.array([1.0, -0.5])},
            0.5,
            Reason.DATA_INVALID,
            "variance and epsilon of channel 1 come to 0.0, which must be positive",
        ),
    ],
)
def test_rejects(changes: Any, epsilon: float, reason: Reason, message: str) -> None:
    """Given statistics of no normalisation, when folded, then the channel is named."""
    assert rejection_of(lambda: fold_batch_norm(**(GIVEN | changes), epsilon=epsilon)) == Rejected(
        reason, f"batch normalisation: {message}"
    )
