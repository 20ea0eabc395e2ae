"""Comparing arrays of floats."""

from __future__ import annotations

from typing import Any

import numpy as np


def assert_close(found: Any, expected: Any, tolerance: float, name: str = "") -> None:
    """Two arrays of float64 of one shape, no value further apart than `tolerance`."""
    found, expected = np.asarray(found), np.asarray(expected)
    assert (found.shape, found.dtype) == (expected.shape, np.dtype(np.float64)), name
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance, err_msg=name)
