"""Ranges: what holds what."""

from __future__ import annotations

import numpy as np

from fxcaps.quantize import Range
from fxcaps.quantize.ranges import hull, observe
from fxcaps.types import Reason
from tests.support.outcomes import Rejected, rejection_of


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
