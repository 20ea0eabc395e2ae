"""Enclosures of exp(-x)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.spec.exponential import _series, exp_enclosure
from tests.twin.softmax import Coupling


def _below(bound: int, numerator: int, frac: int, precision: int) -> bool:
    """Whether bound * 2**-precision < exp(-x), through 1 / (1 + exp(x)) = e / (1 + e)."""
    low = Fraction(bound, 1 << precision)
    half = Coupling((Fraction(0), numerator * Fraction(2) ** -frac), 0)
    return half.compare(low / (1 + low)) > 0


@given(st.integers(1, 1 << 12), st.integers(-4, 20), st.integers(1, 100))
def test_encloses_the_real_value(numerator: int, frac: int, precision: int) -> None:
    """Given x up to 2**16, when exp(-x) is enclosed, then it lies strictly between."""
    low, high = exp_enclosure(numerator, frac, precision)
    assert _below(low, numerator, frac, precision)
    assert not _below(high, numerator, frac, precision)


@pytest.mark.parametrize("work", [1, 2, 3, 8, 20])
def test_series_encloses_up_to_one_half(work: int) -> None:
    """Given all x up to 1/2 in steps of 1/128, when summed, then exp(-x) lies between."""
    for numerator in range(1, 65):
        low, high = _series(numerator, 7, work)
        assert _below(low, numerator, 7, work)
        assert not _below(high, numerator, 7, work)


@given(st.integers(1, 1 << 12), st.integers(0, 20), st.integers(1, 100))
def test_is_tight(numerator: int, frac: int, precision: int) -> None:
    """Given any argument, when its exponential is enclosed, then by at most two units."""
    low, high = exp_enclosure(numerator, frac, precision)
    assert 1 <= high - low <= 2


@pytest.mark.parametrize(
    ("numerator", "frac", "precision", "enclosure"),
    [
        (1, 0, 20, (385749, 385750)),  # 2**20 / e = 385749.73...
        (1, 1, 20, (635993, 635994)),  # 2**20 / sqrt(e) = 635993.5...
        (21, 0, 20, (0, 1)),  # beyond the precision
        (20, 0, 20, (0, 1)),
        (5, -2, 20, (0, 1)),  # exp(-20) 2**20 = 0.002...
    ],
)
def test_known_values(
    numerator: int, frac: int, precision: int, enclosure: tuple[int, int]
) -> None:
    """Given well-known exponentials, when enclosed, then by their neighbouring integers."""
    assert exp_enclosure(numerator, frac, precision) == enclosure
