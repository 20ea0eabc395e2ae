"""affine and relu on the engine: exhaustive at small widths, by division and by enclosure."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fxcaps.ops import Affine, Parameters, Relu
from fxcaps.strategies import Case
from fxcaps.types import Format, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal

pytestmark = pytest.mark.exhaustive

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
@pytest.mark.parametrize("numbers", [NARROW, WIDE], ids=["division", "enclosure"])
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


@pytest.mark.parametrize("rounding", Rounding)
def test_exact_values_and_ties_of_wide_lines(rounding: Rounding) -> None:
    """Given lines that meet integers and ties exactly beside wide ones, then none is missed."""
    wide = Fraction(1, 3**50)
    params = replace(
        Affine.from_ratios(
            [Fraction(1, 2), wide, 1, 3 * wide], [0, Fraction(1, 2) - 3 * wide, wide, 1 - 6 * wide]
        ),
        rounding=rounding,
    )
    x, out = Format(True, 5, 0), Format(True, 4, 0)
    words = [word for word in range(x.min, x.max + 1) for _ in range(4)]
    called = Case(params, {"x": Tensor((32, 4), x, words)}, {"out": out})
    assert assert_equal("affine", [called]) == 1


@pytest.mark.parametrize("width", [16, 32])
def test_wide_words_by_doubles(width: int) -> None:
    """Given words of 16 and 32 bits and lines of doubles, when mapped, then as the spec."""
    random = np.random.default_rng(width)
    x = Format(True, width, width - 4)
    scale, offset = random.normal(size=(2, 5))
    params = Affine.from_ratios(scale.tolist(), offset.tolist())
    words = random.integers(x.min, x.max, (200, 5), endpoint=True).ravel().tolist()
    words[:10] = [x.min, x.max, 0, -1, 1] * 2
    called = Case(
        params, {"x": Tensor((200, 5), x, words)}, {"out": Format(True, width, width - 6)}
    )
    assert assert_equal("affine", [called]) == 1


def test_values_beyond_63_bits() -> None:
    """Given a scale of 2**60 and a little, when mapped, then every word is computed exactly."""
    params = Affine.from_ratios([2**60 + Fraction(1, 3**50)], [Fraction(1, 3)])
    for width, decided in ((8, 1), (58, 1), (59, 0)):
        x = Format(True, width, 0)
        words = Tensor((4,), x, [x.min, 0, -1, x.max])
        called = Case(params, {"x": words}, {"out": Format(True, 8, 0)})
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
