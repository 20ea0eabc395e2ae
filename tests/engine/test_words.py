"""divide and sigmoid on the engine: all small words."""

from __future__ import annotations

import itertools

import pytest

from fxcaps.ops import DivideExact, DivideReciprocal, SigmoidExact, SigmoidLut, ZeroDivisor
from fxcaps.strategies import Case
from fxcaps.types import Format, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal

pytestmark = pytest.mark.exhaustive

FRACTIONS = [(0, 3), (2, 4), (-1, 2), (3, -1), (5, 10)]
"""Fraction bits of input and output, negative ones too."""


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
def test_divide(overflow: Overflow, rounding: Rounding) -> None:
    """Given all pairs of small words, when divided either way, then all are decided."""
    for signed, (frac, frac_out) in itertools.product([True, False], FRACTIONS):
        a, b = Format(True, 4, frac), Format(signed, 3, 1)
        both = list(itertools.product(range(a.min, a.max + 1), range(b.min, b.max + 1)))
        inputs = {
            "a": Tensor((len(both),), a, [p for p, _ in both]),
            "b": Tensor((len(both),), b, [q for _, q in both]),
        }
        out = {"out": Format(True, 5, frac_out)}
        exact = DivideExact(rounding=rounding, overflow=overflow, zero_divisor=ZeroDivisor.SATURATE)
        inverse = DivideReciprocal(
            reciprocal=Format(True, 5, 3),
            reciprocal_rounding=rounding,
            reciprocal_overflow=overflow,
            zero_divisor=ZeroDivisor.CONSTANT,
            zero_word=9,
        )
        assert assert_equal("divide", [Case(exact, inputs, out)]) == 1
        assert assert_equal("divide", [Case(inverse, inputs, out)]) == 1


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("signed", [True, False])
def test_sigmoid(signed: bool, rounding: Rounding) -> None:
    """Given all words of ten bits, when computed either way, then all are decided."""
    for frac, frac_out in FRACTIONS:
        format = Format(signed, 10, frac)
        words = list(range(format.min, format.max + 1))
        inputs = {"x": Tensor((len(words),), format, words)}
        out = {"out": Format(False, 9, frac_out)}
        table = SigmoidLut(table=(8, 11, 14, 15, 16), index_frac=1, table_frac=4, rounding=rounding)
        assert assert_equal("sigmoid", [Case(SigmoidExact(rounding=rounding), inputs, out)]) == 1
        assert assert_equal("sigmoid", [Case(table, inputs, out)]) == 1


def test_sigmoid_beside_the_middle() -> None:
    """Given words 2**-60 from 0, when the value cannot be told from a half, then the side can."""
    x = Tensor((3,), Format(True, 8, 60), [-1, 0, 1])
    for rounding in Rounding:
        called = Case(SigmoidExact(rounding=rounding), {"x": x}, {"out": Format(False, 8, 0)})
        assert assert_equal("sigmoid", [called]) == 1
