"""affine and relu on the engine: exhaustive at small widths, by division and by table."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest

from fxcaps.engine import affine as room
from fxcaps.ops import Affine, Parameters, Relu
from fxcaps.types import Format, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal
from tests.support.cases import Case

NARROW = (Fraction(1, 3), Fraction(-5, 4), Fraction(0), Fraction(2))
WIDE = tuple(Fraction(value) + Fraction(1, 3**50) for value in NARROW)
"""Close to a tie or an integer, and far beyond 63 bits."""


def lines(numbers: tuple[Fraction, ...], rounding: Rounding, overflow: Overflow) -> Affine:
    """One channel for every pair of numbers."""
    pairs = list(itertools.product(numbers, repeat=2))
    return Affine(
        scale_numerator=tuple(a.numerator for a, _ in pairs),
        scale_denominator=tuple(a.denominator for a, _ in pairs),
        offset_numerator=tuple(b.numerator for _, b in pairs),
        offset_denominator=tuple(b.denominator for _, b in pairs),
        rounding=rounding,
        overflow=overflow,
    )


@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.WRAP, Overflow.REJECT])
@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("numbers", [NARROW, WIDE], ids=["division", "table"])
def test_every_word(numbers: tuple[Fraction, ...], rounding: Rounding, overflow: Overflow) -> None:
    """Given all words of four bits, when mapped by many lines, then as the specification."""
    params = lines(numbers, rounding, overflow)
    for frac, frac_out in ((0, 0), (2, 1), (-2, 1), (1, -1)):
        x, out = Format(True, 4, frac), Format(True, 3, frac_out)
        images = [
            Case(params, {"x": Tensor((16,), x, [word] * 16)}, {"out": out})
            for word in range(x.min, x.max + 1)
        ]
        decided = assert_equal("affine", images)
        assert decided == len(images) or overflow is Overflow.REJECT


def test_tables_end_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given wide ratios, when a table would be too long, then the rows are left open."""
    x = Format(True, 4, 0)
    for rounding, largest, decided in ((Rounding.FLOOR, 256, 1), (Rounding.CEIL, 255, 0)):
        monkeypatch.setattr(room, "_LARGEST_TABLE", largest)
        called = Case(
            lines(WIDE, rounding, Overflow.SATURATE),
            {"x": Tensor((16,), x, list(range(-8, 8)))},
            {"out": x},
        )
        assert assert_equal("affine", [called]) == decided


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
def test_relu(rounding: Rounding, overflow: Overflow) -> None:
    """Given all words of five bits, when rectified and moved, then as the specification."""
    params: Parameters = Relu(rounding=rounding, overflow=overflow)
    for shift in (-60, -2, 0, 1, 3, 5, 6, 62, 80):
        x, out = Format(True, 5, 1), Format(False, 3, 1 - shift)
        words = range(x.min, x.max + 1)
        images = [Case(params, {"x": Tensor((1,), x, [word])}, {"out": out}) for word in words]
        decided = assert_equal("relu", images)
        assert decided == (0 if shift == -60 else 32) or overflow is Overflow.REJECT
