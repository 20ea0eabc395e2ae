"""Taps that a device tells beside those of the specification."""

from __future__ import annotations

from fxcaps.conform.judge import Difference
from fxcaps.conform.taps import Row, wrong

ROWS = [Row("register", [3, -4], 5, None), Row("after ReLU", [3, 0], 5, None)]


def test_a_blank_in_a_name_may_be_an_underscore() -> None:
    """Given a tap told through lines of text, when compared, then it is found by its name."""
    told = {"register": [3, -4], "after_ReLU": [3, -4]}
    assert wrong(ROWS, told) == [Difference("after ReLU", 1, 0, -4)]
    assert wrong(ROWS, {"after ReLU": [3]}) == [Difference("after ReLU", 1, 0, None)]
    assert wrong(ROWS, {"register": [3, -4]}) == []
