"""add on the engine: every pair of small words, aligned from any fractions."""

from __future__ import annotations

import itertools

import pytest

from fxcaps.ops import Add
from fxcaps.strategies import Case
from fxcaps.types import Format, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal

FRACTIONS = [(0, 0, 0), (0, 3, 1), (3, 0, 4), (-2, 1, -1), (2, 2, -3), (5, -1, 0)]
"""Fraction bits of both branches and of the output."""


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
def test_every_pair(rounding: Rounding, overflow: Overflow) -> None:
    """Given all pairs of 3-bit words and several fractions, when added, then as the spec."""
    params = Add(rounding=rounding, overflow=overflow)
    for (frac_a, frac_b, frac), signed in itertools.product(FRACTIONS, [True, False]):
        a, b, out = Format(True, 3, frac_a), Format(signed, 3, frac_b), Format(True, 4, frac)
        pairs = itertools.product(range(a.min, a.max + 1), range(b.min, b.max + 1))
        images = [
            Case(params, {"a": Tensor((1,), a, [p]), "b": Tensor((1,), b, [q])}, {"out": out})
            for p, q in pairs
        ]
        assert assert_equal("add", images) == 64 or overflow is Overflow.REJECT
