"""Parameters that a quantiser derives from formats."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from fxcaps.ops import (
    OPERATIONS,
    Arithmetic,
    SoftmaxConstant,
    SoftmaxLut,
    SoftmaxQ7,
    SquashExact,
    SquashIsqrtDivide,
    SquashIsqrtFactor,
    SquashQ7,
)
from fxcaps.ops.elementwise import RuledParameters
from fxcaps.ops.exponential import exponential_table
from fxcaps.types import Format, Overflow, Rounding, Tensor
from tests.support.build import call
from tests.support.outcomes import spec_outcome
from tests.twin import Outcome
from tests.twin.nested import power
from tests.twin.softmax import _exp

FLOORED = Arithmetic(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)

PAIRS = list(itertools.product((-6, -1, 0, 3, 8, 20, 40), (-5, 0, 1, 7, 8, 13, 20)))


def test_modes_are_taken_over() -> None:
    """Given the quantiser's modes, when any algorithm is fitted, then it has them."""
    x, out = Format(True, 8, 5), Format(True, 8, 7)
    unfitted, published = [], []
    for operation in ("squash", "softmax", "sigmoid"):
        for algorithm in OPERATIONS[operation].algorithms:
            if not issubclass(algorithm, RuledParameters):
                unfitted.append(algorithm)
                continue
            fitted = algorithm.fit(x, out, FLOORED)
            if algorithm.algorithm == "q7":
                published.append(fitted)
                continue
            assert (fitted.rounding, fitted.overflow) == (Rounding.FLOOR, Overflow.WRAP)
    assert unfitted == [SoftmaxConstant]  # whose word does not follow from formats
    # A published kernel is named with its modes; the constant is that of 7 fraction bits.
    assert published == [SquashQ7(), SoftmaxQ7(constant=14)]


def test_the_constant_follows_the_coefficients() -> None:
    """Given output fractions, when the shift of q7 is fitted, then 21 less them, in its range."""
    found = [
        SoftmaxQ7.fit(Format(True, 8, 3), Format(True, 8, frac), FLOORED).constant
        for frac in (-3, 0, 6, 8, 13, 14)
    ]
    assert found == [21, 21, 15, 13, 8, 8]


@pytest.mark.parametrize(("frac", "frac_out"), PAIRS)
def test_fitted_tables(frac: int, frac_out: int) -> None:
    """Given any formats, when a table is fitted, then it falls from one to zero in 1,024."""
    params = SoftmaxLut.fit(Format(True, 8, frac), Format(False, 8, frac_out), Arithmetic())
    bits = max(1, min(frac_out + 2, 15))
    assert params.table[0] == 1 << bits
    assert list(params.table) == sorted(params.table, reverse=True)
    assert params.table[-1] == 0
    assert len(params.table) <= 1024
    assert params.index_frac == frac or len(params.table) > 512


def test_a_fitted_table_ends_with_its_first_zero() -> None:
    """Given any formats, when a table is fitted, then only its last entry is zero."""
    for frac, frac_out in PAIRS:
        params = SoftmaxLut.fit(Format(True, 8, frac), Format(False, 8, frac_out), Arithmetic())
        assert params.table.index(0) == len(params.table) - 1


@pytest.mark.parametrize(("frac", "index_frac"), [(1, 0), (8, 4), (15, 2), (15, -1), (3, 9)])
def test_table_words_are_correctly_rounded(frac: int, index_frac: int) -> None:
    """Given a table of exponentials, when enclosed by the series, then no word is off."""
    for k, word in enumerate(exponential_table(frac, index_frac, 60)):
        low, high = _exp(-k * power(-index_frac), 96)
        assert high is not None or word == 0
        nearest = {math.floor(bound * power(frac) + Fraction(1, 2)) for bound in (low, high or 0)}
        assert nearest == {word}


@pytest.mark.parametrize(
    ("frac", "frac_out", "guard"),
    [(5, 7, 5), (5, 5, 3), (5, 2, 0), (8, 3, 0), (0, 7, 10), (-3, 7, 10), (4, -6, 0)],
)
def test_guard_bits_of_squash(frac: int, frac_out: int, guard: int) -> None:
    """Given fractions, when guard bits are fitted, then three beyond their difference."""
    fitted = SquashIsqrtDivide.fit(Format(True, 8, frac), Format(True, 8, frac_out), Arithmetic())
    assert fitted == SquashIsqrtDivide(guard=guard)


@pytest.mark.parametrize(
    ("x", "out", "bits"), [("s8f5", "s8f7", 12), ("u8f5", "s8f7", 13), ("s8f7", "s8f-9", 1)]
)
def test_factor_bits_of_squash(x: str, out: str, bits: int) -> None:
    """Given formats, when a factor is fitted, then three bits beyond outputs and integers."""
    fitted = SquashIsqrtFactor.fit(Format.parse(x), Format.parse(out), FLOORED)
    assert (fitted.factor_format, fitted.factor_rounding) == (
        Format(False, bits, bits),
        Rounding.FLOOR,
    )


@pytest.mark.parametrize(
    ("algorithm", "sixteenths"), [(SquashIsqrtDivide, 1), (SquashIsqrtFactor, 2)]
)
@pytest.mark.parametrize(("frac", "frac_out"), [(0, 0), (0, 4), (2, 7), (4, 2), (-2, 5), (6, 8)])
def test_fitted_bits_keep_the_error_below_some_sixteenths(
    frac: int, frac_out: int, algorithm: Any, sixteenths: int
) -> None:
    """Given all pairs of five-bit words, when squashed with fitted bits, then close."""
    x = Format(True, 5, frac)
    pairs = [word for pair in itertools.product(range(-16, 16), repeat=2) for word in pair]
    vectors = Tensor((1024, 2), x, pairs)
    fitted = algorithm.fit(x, Format(True, 8, frac_out), Arithmetic())
    fitted = replace(fitted, rounding=Rounding.FLOOR)
    # In sixteenths of the step that was fitted for, floors of values less than 1 or 2 apart.
    fine = f"s20f{frac_out + 4}"
    approximate = spec_outcome("squash", call(fitted, fine, x=vectors))
    exact = spec_outcome("squash", call(SquashExact(rounding=Rounding.FLOOR), fine, x=vectors))
    assert isinstance(approximate, Outcome)
    assert isinstance(exact, Outcome)
    words = zip(approximate.outputs["out"].words, exact.outputs["out"].words, strict=True)
    assert max(abs(p - q) for p, q in words) <= sixteenths
