"""How many types stay, by number or share."""

from __future__ import annotations

import pytest

from fxcaps.prune import kept_count
from fxcaps.types import Reason
from tests.support.outcomes import Rejected, rejection_of


@pytest.mark.parametrize(
    ("keep", "types", "expected"),
    [
        (1, 32, 1),
        (32, 32, 32),
        ("8", 32, 8),
        ("100%", 7, 7),
        ("25%", 32, 8),
        ("12.5%", 32, 4),
        ("50%", 5, 3),
        ("49.9%", 5, 2),
        ("10%", 5, 1),
    ],
)
def test_counts_and_shares(keep: int | str, types: int, expected: int) -> None:
    """Given a number or a share, when counted, then shares go to the nearest, ties upwards."""
    assert kept_count(keep, types) == expected


@pytest.mark.parametrize(
    ("keep", "message"),
    [
        (0, "keep: 0 leaves 0 of 5 types; 1 to 5 can be kept"),
        ("0%", "keep: 0% leaves 0 of 5 types; 1 to 5 can be kept"),
        ("9%", "keep: 9% leaves 0 of 5 types; 1 to 5 can be kept"),
        (6, "keep: 6 leaves 6 of 5 types; 1 to 5 can be kept"),
        ("101%", "keep: 101% leaves more than 100% of the types"),
        ("120%", "keep: 120% leaves more than 100% of the types"),
        ("-2", "keep: -2 leaves -2 of 5 types; 1 to 5 can be kept"),
        ("a few", "keep: expected a number of types or a share such as 25%, found 'a few'"),
        ("2.5", "keep: expected a number of types or a share such as 25%, found '2.5'"),
        ("", "keep: expected a number of types or a share such as 25%, found ''"),
    ],
)
def test_what_keeps_none_or_too_many(keep: int | str, message: str) -> None:
    """Given none, more than all or no number, when counted, then the line says what was asked."""
    assert rejection_of(lambda: kept_count(keep, 5)) == Rejected(Reason.PARAMETER_INVALID, message)
