"""squash by a table of factors."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from fxcaps.ops import Arithmetic, OutOfRange, SquashExact, SquashLut, TableSource
from fxcaps.ops.squash_lut import factor_words
from fxcaps.types import Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

FRACTIONS = [(2, 4), (-1, 2), (3, -1)]

U8 = Format(False, 8, 8)

TABLE = factor_words(8, range(9), 1)
"""Factors of the norms 0, 1/2, 1, ... 4."""

SLOPES = (*(b - a for a, b in itertools.pairwise(TABLE)), 0)


def pairs(frac: int) -> Tensor:
    """All pairs of four-bit words."""
    words = [word for pair in itertools.product(range(-8, 8), repeat=2) for word in pair]
    return Tensor((256, 2), Format(True, 4, frac), words)


@pytest.mark.parametrize(("frac", "frac_out"), FRACTIONS)
@pytest.mark.parametrize("rule", [OutOfRange.CLAMP, OutOfRange.ZERO])
@pytest.mark.parametrize("slopes", [(), SLOPES])
@pytest.mark.parametrize("source", TableSource)
def test_every_small_vector(
    source: TableSource, slopes: tuple[int, ...], rule: OutOfRange, frac: int, frac_out: int
) -> None:
    """Given all pairs of four-bit words, when looked up in several ways, then as the twin."""
    for guard, offset, shift in ((0, 0, 0), (2, 9, 3), (1, -4, -1)):
        params = SquashLut(
            source=source,
            guard=0 if source is TableSource.SQUARES else guard,
            offset=offset,
            shift=shift,
            out_of_range=rule,
            table=TABLE,
            table_format=U8,
            slopes=slopes,
            slope_shift=2,
        )
        called = call(params, f"s8f{frac_out}", x=pairs(frac))
        assert spec_outcome("squash", called) == twin_outcome("squash", called)


@pytest.mark.parametrize("rounding", Rounding)
def test_slopes_are_rounded_and_stay_in_the_format(rounding: Rounding) -> None:
    """Given steep slopes of either sign, when rounded and saturated, then as the twin."""
    for slopes, slope_shift in (((90, -70, 5, -300), 3), ((7, -9, 100, 1), -1)):
        params = SquashLut(
            shift=3,
            table=(3, 20, -30, 0),
            table_format=Format(True, 6, 5),
            slopes=slopes,
            slope_shift=slope_shift,
            slope_rounding=rounding,
        )
        called = call(params, "s8f6", x=pairs(2))
        assert spec_outcome("squash", called) == twin_outcome("squash", called)


def factors(params: SquashLut, words: list[int]) -> list[int]:
    """Factors of vectors (w, 0), each seen in the component 1 of a vector (w, 1)."""
    x = tensor("s16f0", [[word, 1] for word in words])
    found = spec_outcome("squash", call(params, f"s32f{params.table_format.frac}", x=x))
    assert isinstance(found, Outcome)
    return list(found.outputs["out"].words[1::2])


def test_sources() -> None:
    """Given vectors (w, 1), when a long table counts its entries, then each source is seen."""
    identity: dict[str, Any] = {
        "table": tuple(range(300)),
        "table_format": Format(False, 16, 0),
    }
    squares = SquashLut(source=TableSource.SQUARES, **identity)
    assert factors(squares, [0, 1, 2, 15]) == [1, 2, 5, 226]
    norms = SquashLut(guard=2, **identity)
    assert factors(norms, [0, 1, 2, 15]) == [4, 5, 8, 60]
    # 1 = 1 * 4**0, 2 = 2 * 4**0, 5 = 1.25 * 4**1, 226 = 3.53 * 4**3 with one bit: 2, 4, 2, 7
    normalised = SquashLut(source=TableSource.NORMALISED, guard=1, **identity)
    assert factors(normalised, [0, 1, 2, 15]) == [2, 4, 8 + 2, 24 + 7]


def test_indices_beyond_the_table() -> None:
    """Given indices -2, 0, 1 and 5 of two entries, when out of range, then as the rule says."""
    fields: dict[str, Any] = {"offset": 3, "table": (5, 9), "table_format": U8}
    assert factors(SquashLut(**fields), [0, 3, 4, 8]) == [5, 5, 9, 9]
    zero = SquashLut(out_of_range=OutOfRange.ZERO, **fields)
    assert factors(zero, [0, 3, 4, 8]) == [0, 5, 9, 0]
    reject = SquashLut(out_of_range=OutOfRange.REJECT, **fields)
    assert factors(reject, [3, 4]) == [5, 9]
    for words, k in (([3, 0], -2), ([3, 8], 5)):
        x = tensor("s16f0", [[word, 1] for word in words])
        assert spec_outcome("squash", call(reject, "s8f7", x=x)) == Rejected(
            Reason.OUTPUT_OUT_OF_RANGE, f"out[2]: table index {k} is outside [0, 1]"
        )


def test_a_clamped_entry_has_no_rest() -> None:
    """Given a slope at the last entry, when an index lies beyond, then it does not act."""
    params = SquashLut(shift=2, table=(5, 9), table_format=U8, slopes=(0, 4))
    assert factors(params, [4, 6, 7, 50]) == [9, 17, 21, 9]


def test_factor_words_are_correctly_rounded() -> None:
    """Given norms of either fraction, when made into words, then each is the nearest."""
    for frac, norm_frac in itertools.product((0, 1, 8, 15), (-2, 0, 3, 9)):
        norms = [Fraction(k) / Fraction(2) ** norm_frac for k in range(80)]
        exact = [n / (1 + n * n) * 2**frac for n in norms]
        words = factor_words(frac, range(80), norm_frac)
        assert [int(value + Fraction(1, 2)) for value in exact] == list(words)


@pytest.mark.parametrize(
    ("x", "out", "entries", "word_bits"),
    [
        ("s8f5", "s8f7", 1024, 12),
        ("s8f7", "s8f7", 256, 10),
        ("s8f2", "s8f7", 1024, 15),
        ("u8f0", "u8f8", 1024, 16),
        ("s4f12", "s8f1", 1, 1),
    ],
)
def test_fit(x: str, out: str, entries: int, word_bits: int) -> None:
    """Given formats, when fitted, then cells cover four times the largest component."""
    params = SquashLut.fit(Format.parse(x), Format.parse(out), Arithmetic())
    assert len(params.table) == entries
    given = Format.parse(x)
    # the end of the last cell, in units of the component
    frac = max(given.frac, 0) + params.guard
    reach = Fraction(entries * 2 ** max(params.shift, 0), 2**frac)
    largest = Fraction(2 ** (given.width - given.signed)) / Fraction(2) ** given.frac
    assert reach == 4 * largest
    assert params.table_format == Format(False, word_bits, word_bits)
    assert max(params.table) <= 2 ** (word_bits - 1)


@pytest.mark.parametrize(("frac", "frac_out"), [(2, 7), (4, 2), (4, 7), (6, 8), (0, 4)])
def test_fitted_tables_are_close(frac: int, frac_out: int) -> None:
    """Given all pairs of five-bit words, when squashed by a fitted table, then close."""
    x = Format(True, 5, frac)
    words = [word for pair in itertools.product(range(-16, 16), repeat=2) for word in pair]
    vectors = Tensor((1024, 2), x, words)
    fitted = SquashLut.fit(x, Format(True, 8, frac_out), Arithmetic())
    # A quarter step for the cell and a sixteenth for the word, seen in sixteenths of a step.
    fine = f"s20f{frac_out + 4}"
    floored = replace(fitted, rounding=Rounding.FLOOR)
    approximate = spec_outcome("squash", call(floored, fine, x=vectors))
    exact = spec_outcome("squash", call(SquashExact(rounding=Rounding.FLOOR), fine, x=vectors))
    assert isinstance(approximate, Outcome)
    assert isinstance(exact, Outcome)
    both = zip(approximate.outputs["out"].words, exact.outputs["out"].words, strict=True)
    assert max(abs(p - q) for p, q in both) <= 5 + 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"guard": -1}, "guard must not be negative, found -1"),
        (
            {"guard": 1, "source": TableSource.SQUARES},
            "guard must be 0 for the source squares, found 1",
        ),
        ({"table": ()}, "the table must not be empty"),
        ({"table": (5, 256)}, "table[1] = 256 is outside u8f8 [0, 255]"),
        ({"slopes": (1,)}, "2 entries need as many slopes or none, found 1"),
    ],
)
def test_parameters_outside_their_range(fields: dict[str, Any], message: str) -> None:
    """Given a field outside its range, when made, then the parameters are rejected."""
    valid = {"table": (5, 9), "table_format": U8}
    assert rejection_of(lambda: SquashLut(**(valid | fields))) == Rejected(
        Reason.PARAMETER_INVALID, f"squash lut: {message}"
    )


def test_products_overflow_like_any_word() -> None:
    """Given a table of 1, when a word of 3 must fit two bits, then it saturates or wraps."""
    for overflow, word in ((Overflow.SATURATE, 1), (Overflow.WRAP, -1)):
        params = SquashLut(table=(1,), table_format=Format(False, 1, 0), overflow=overflow)
        found = spec_outcome("squash", call(params, "s2f0", x=tensor("s4f0", [[3]])))
        assert isinstance(found, Outcome)
        assert list(found.outputs["out"].words) == [word]
