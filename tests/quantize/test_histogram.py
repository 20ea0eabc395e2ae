"""Histograms: exact counts, and squared errors against direct sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.quantize import Histogram, to_words
from fxcaps.quantize.calibration import Observation
from fxcaps.strategies import formats
from fxcaps.types import Format

VALUES = st.lists(st.floats(-1e6, 1e6), max_size=40).map(np.array)


@given(VALUES, VALUES)
def test_histograms_add(one: np.ndarray, other: np.ndarray) -> None:
    """Given two sets, when their histograms are added, then it is that of both, either way."""
    both = Histogram.of(np.concatenate([one, other]))
    assert Histogram.of(one).union(Histogram.of(other)) == both
    assert Histogram.of(other).union(Histogram.of(one)) == both
    assert both.total == len(one) + len(other)


@given(VALUES, st.integers(-30, 25))
def test_counts_beyond_a_power_of_two_are_exact(values: np.ndarray, exponent: int) -> None:
    """Given values, when those beyond a bound are counted, then every one is."""
    found = Histogram.of(values).beyond(exponent)
    assert found == int((np.abs(values) >= 2.0**exponent).sum())


def test_zeros_and_tiny_values() -> None:
    """Given zeros of both signs and subnormal values, when counted, then they are zeros."""
    found = Histogram.of(np.array([0.0, -0.0, 5e-324, -1e-310, 2.0**-1022]))
    assert found.total == 5
    assert (found.keys.tolist(), found.counts.tolist()) == ([0, 32], [4, 1])
    assert found.beyond(-1022) == 1
    assert Histogram.of(np.zeros(0)).total == 0


@pytest.mark.parametrize("width", [3, 4, 6, 8, 12])
@pytest.mark.parametrize("frac", [-1, 0, 2, 5, 9])
@pytest.mark.parametrize("signed", [True, False])
def test_errors_are_those_of_words(width: int, frac: int, *, signed: bool) -> None:
    """Given many values, when errors are estimated, then about those of words."""
    random = np.random.default_rng(width * 100 + frac)
    values = random.normal(0.0, 0.7, 200_000) * random.choice([0.2, 1.0, 3.0], 200_000)
    values = values if signed else np.abs(values)
    format = Format(signed, width, frac)
    seen = Observation.of(values, "x")
    error = (to_words(values, format) * float(format.step) - values) ** 2
    step = float(format.step)
    outside = (values > format.max * step) | (values < format.min * step)
    rounded, clipped = seen.histogram.errors(format, seen.low, seen.high)
    assert rounded == pytest.approx(float(error[~outside].sum()), rel=0.02, abs=1e-9)
    few = 0.02 if outside.sum() > 1000 else 0.25  # of a handful, each stands for its whole bin
    assert clipped == pytest.approx(float(error[outside].sum()), rel=few, abs=1e-9)
    energy = seen.histogram.energy(seen.low, seen.high)
    assert energy == pytest.approx(float((values**2).sum()), rel=1e-3)


@given(formats(max_width=12), st.floats(0.01, 1000.0))
def test_one_value_is_a_point(format: Format, value: float) -> None:
    """Given one value many times at a bin's edge, when errors are asked, then those of its word."""
    edge = float(
        np.ldexp(np.floor(np.ldexp(value, 5 - math.frexp(value)[1])), math.frexp(value)[1] - 5)
    )
    seen = Observation.of(np.full(7, edge), "x")
    word = to_words(np.array([edge]), format)[0]
    expected = 7 * (float(word) * float(format.step) - edge) ** 2
    assert sum(seen.histogram.errors(format, 0.0, edge)) == pytest.approx(expected, rel=1e-9)
