"""What of divisions, norms and constants is a profile's, and what is the network's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fxcaps.ops import Arithmetic, DivideExact, DivideReciprocal, ZeroDivisor
from fxcaps.ops.choose import choose
from fxcaps.profiles import read_profile
from fxcaps.types import Format, Overflow, Reason, Rounding
from tests.profiles.build import edited, entry, profile
from tests.support.outcomes import Rejected, rejection_of

EVEN = {"rounding": Rounding.TIES_TO_EVEN, "overflow": Overflow.WRAP}
S8 = Format(True, 8, 5)
REGISTER = {"format": "s16f0", "overflow": "saturate", "check": "final"}
ONLY_THERE = (
    "'accumulator.format.frac' is fitted where the accumulator has a format, and only there"
)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        (
            "length",
            entry("length", accumulator={"init": "bias_and_half"}),
            "operations['length']: a sum inside an algorithm has no half to add",
        ),
        (
            "squash",
            entry("squash", "guard", algorithm="isqrt_divide", accumulator=REGISTER),
            f"operations['squash']: {ONLY_THERE}",
        ),
        (
            "divide",
            entry("divide", algorithm="exact", zero_divisor="saturate"),
            "operations['divide']: 'zero_divisor' is the network's, not the arithmetic's",
        ),
        (
            "divide",
            entry("divide", algorithm="reciprocal", reciprocal="u12f9"),
            "operations['divide']: 'reciprocal_rounding' is neither fixed nor fitted",
        ),
        (
            "softmax",
            {"params": {"op": "softmax", "algorithm": "constant"}, "fitted": []},
            "operations['softmax']: softmax constant has no arithmetic to fix",
        ),
    ],
)
def test_refuses_entries(name: str, given: Any, message: str) -> None:
    """Given an entry that fixes what is not its own, when read, then its place is told."""
    data = edited(lambda data: data["operations"].update({name: given}))
    found = rejection_of(lambda: read_profile(json.dumps(data)))
    assert found == Rejected(Reason.PARAMETER_INVALID, message)


def test_a_reciprocal_is_the_arithmetics() -> None:
    """Given a profile of reciprocals, when a division is configured, then its zero rule stays."""
    item = entry(
        "divide",
        algorithm="reciprocal",
        reciprocal="u12f9",
        reciprocal_rounding="floor",
        reciprocal_overflow="wrap",
    )
    chosen = profile(operations={"divide": item}).arithmetic
    formats = {"a": S8, "b": S8}, {"out": S8}
    rule = {"zero_divisor": ZeroDivisor.CONSTANT, "zero_word": 5}
    whole = DivideReciprocal(
        reciprocal=Format(False, 12, 9),
        reciprocal_rounding=Rounding.FLOOR,
        reciprocal_overflow=Overflow.WRAP,
        **rule,
        **EVEN,
    )
    assert choose(DivideExact(**rule), *formats, chosen) == whole
    back = Arithmetic(algorithms={"divide": "exact"}, **EVEN)
    assert choose(whole, *formats, back) == DivideExact(**rule, **EVEN)
    open_ = Arithmetic(algorithms={"divide": "reciprocal"})
    assert rejection_of(lambda: choose(DivideExact(), *formats, open_)) == Rejected(
        Reason.PARAMETER_INVALID,
        "divide reciprocal needs reciprocal, which divide exact does not have",
    )
