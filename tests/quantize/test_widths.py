"""Which tensor has how many bits."""

from __future__ import annotations

from typing import Any

import pytest

from fxcaps.quantize import widths_by_name
from fxcaps.types import Reason
from tests.support.outcomes import Rejected, rejection_of

NAMES = ["conv.weight", "conv.bias", "conv", "digit.c0", "digit.c1", "length"]


@pytest.mark.parametrize(
    ("widths", "expected"),
    [
        (8, [8, 8, 8, 8, 8, 8]),
        (32, [32, 32, 32, 32, 32, 32]),
        ({"*": 1}, [1, 1, 1, 1, 1, 1]),
        ({"*": 8, "digit.c*": 6}, [8, 8, 8, 6, 6, 8]),
        ({"*": 8, "conv": 4}, [8, 8, 4, 8, 8, 8]),
        ({"*": 8, "conv*": 4, "*.bias": 16}, [4, 16, 4, 8, 8, 8]),
        ({"*.bias": 16, "conv*": 4, "*": 8}, [8, 8, 8, 8, 8, 8]),
        ({"conv*": 4, "digit.c?": 5, "length": 6}, [4, 4, 4, 5, 5, 6]),
        ({"*": 8, "digit.c[!0]": 5}, [8, 8, 8, 8, 5, 8]),
    ],
)
def test_later_patterns_win(widths: Any, expected: list[int]) -> None:
    """Given a width or patterns, when resolved, then the last pattern that fits decides."""
    assert widths_by_name(widths, NAMES) == dict(zip(NAMES, expected, strict=True))


@pytest.mark.parametrize(
    ("widths", "reason", "message"),
    [
        (0, Reason.PARAMETER_INVALID, "width of '*' must be 1 to 32, found 0"),
        (33, Reason.PARAMETER_INVALID, "width of '*' must be 1 to 32, found 33"),
        (
            {"*": 8, "conv": -1},
            Reason.PARAMETER_INVALID,
            "width of 'conv' must be 1 to 32, found -1",
        ),
        (
            {"*": 8.0},
            Reason.PARAMETER_INVALID,
            "width of '*' must be 1 to 32, found 8.0",
        ),
        ({"*": 8, "con": 4}, Reason.NAME_UNKNOWN, "width pattern 'con' names no tensor"),
        ({"*": 8, "Conv*": 4}, Reason.NAME_UNKNOWN, "width pattern 'Conv*' names no tensor"),
        (
            {"conv*": 8, "digit*": 8},
            Reason.PARAMETER_INVALID,
            "no width is given for tensor 'length'",
        ),
        ({}, Reason.PARAMETER_INVALID, "no width is given for tensor 'conv.weight'"),
    ],
)
def test_rejects_widths(widths: Any, reason: Reason, message: str) -> None:
    """Given widths out of range, strange patterns or gaps, when resolved, then rejected."""
    assert rejection_of(lambda: widths_by_name(widths, NAMES)) == Rejected(reason, message)
