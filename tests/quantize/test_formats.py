"""Formats from ranges, and words from floats, against exact fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.quantize import holding_format, minmax_format, to_words
from fxcaps.spec.arithmetic import handle_overflow, round_quotient
from fxcaps.strategies import formats
from fxcaps.types import Format, Overflow, Reason, Rounding
from tests.support.outcomes import Rejected, rejection_of

MAGNITUDES = st.floats(min_value=5e-324, max_value=1e308) | st.integers(-1074, 1000).map(
    lambda exponent: float(Fraction(2) ** exponent)
)
"""Positive doubles, subnormal ones among them, and powers of two."""


def power(exponent: int) -> Fraction:
    """A power of two."""
    return Fraction(2) ** exponent


@given(MAGNITUDES, st.integers(1, 32), st.booleans())
def test_minmax_is_its_definition(largest: float, width: int, signed: bool) -> None:
    """Given a magnitude, when a format is chosen, then 2**ceil(log2 of it) is its bound."""
    format = minmax_format(largest, width, signed=signed)
    assert (format.signed, format.width) == (signed, width)
    bits = width - signed - format.frac
    assert power(bits - 1) < Fraction(largest) <= power(bits)
    # The largest value itself saturates by one step at most.
    assert Fraction(largest) / format.step <= format.max + 1


@pytest.mark.parametrize(
    ("largest", "signed", "expected"),
    [
        (1.0, True, "s8f7"),
        (1.0, False, "u8f8"),
        (1.0 + 2**-52, False, "u8f7"),
        (0.999, True, "s8f7"),
        (0.5, True, "s8f8"),
        (2.0, True, "s8f6"),
        (3.9, True, "s8f5"),
        (256.0, False, "u8f0"),
        (257.0, False, "u8f-1"),
        (5e-324, False, "u8f1082"),
        (2.0**1023, True, "s8f-1016"),
        (0.0, True, "s8f0"),
        (0.0, False, "u8f0"),
    ],
)
def test_minmax_of_known_magnitudes(largest: float, signed: bool, expected: str) -> None:
    """Given powers of two, their neighbours and zero, when chosen, then these formats."""
    assert minmax_format(largest, 8, signed=signed) == Format.parse(expected)


@given(MAGNITUDES, st.integers(2, 32), st.booleans())
def test_holding_is_the_finest_that_holds(largest: float, width: int, signed: bool) -> None:
    """Given a magnitude, when its format must hold it, then one bit finer would not."""
    format = holding_format(largest, width, signed=signed)
    finer = Format(signed, width, format.frac + 1)
    assert Fraction(largest) / format.step <= format.max
    assert Fraction(largest) / finer.step > finer.max


@pytest.mark.parametrize(
    ("largest", "signed", "expected", "word"),
    [
        (1 / 32, False, "u8f12", 128),
        (1 / 32, True, "s8f11", 64),
        (1.0, False, "u8f7", 128),
        (0.99, False, "u8f8", 253),
        (255 / 256, False, "u8f8", 255),
        (0.0, False, "u8f0", 0),
    ],
)
def test_holding_known_magnitudes(largest: float, signed: bool, expected: str, word: int) -> None:
    """Given what an architecture fixes, when held, then its word is not the largest but right."""
    format = holding_format(largest, 8, signed=signed)
    assert (format, to_words(np.array([largest]), format).tolist()) == (
        Format.parse(expected),
        [word],
    )


@given(
    formats(1, 32, st.integers(-60, 60)),
    st.lists(
        st.floats(-(2.0**80), 2.0**80)
        | st.integers(-(2**33), 2**33).map(lambda halves: halves / 2)
        | st.integers(-(2**10), 2**10).map(lambda eighths: eighths / 8),
        min_size=1,
        max_size=8,
    ),
)
def test_words_are_rounded_fractions(format: Format, steps: list[float]) -> None:
    """Given floats around a format's words, ties too, when made words, then as in fractions."""
    values = np.ldexp(np.array(steps), -format.frac)
    expected = [
        min(max(round(Fraction(value) * power(format.frac)), format.min), format.max)
        for value in values.tolist()
    ]
    found = to_words(values, format)
    assert (found.tolist(), found.dtype.str) == (expected, "<i8")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_words_of_any_float_type(dtype: type[np.floating]) -> None:
    """Given ties and values out of range in any float type, when made words, then these."""
    values = np.array([[0.5, 1.5, -0.5, -2.5], [126.5, 127.5, -128.5, -129.0]], dtype)
    assert to_words(values, Format.parse("s8f0")).tolist() == [
        [0, 2, 0, -2],
        [126, 127, -128, -128],
    ]


EDGES = [0.0, -0.0, 2.0**-60, -(2.0**-60), -0.5 + 2.0**-54, 0.5 - 2.0**-54, 2.0**40 + 1, -(2.0**45)]
QUARTERS = [quarter / 4 for quarter in range(-41, 42)]


@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
@pytest.mark.parametrize("rounding", list(Rounding))
def test_words_by_every_mode(rounding: Rounding, overflow: Overflow) -> None:
    """Given floats about words and halves, by any modes, then the specification's words."""
    values = [*EDGES, *QUARTERS]
    for format in (Format(True, 4, 0), Format(False, 3, 0), Format(True, 4, 2), Format(True, 1, 0)):
        if overflow is Overflow.SATURATE_SYMMETRIC and format.width == 1:
            continue
        exact = [Fraction(value) * power(format.frac) for value in values]
        expected = [
            handle_overflow(round_quotient(x.numerator, x.denominator, rounding), format, overflow)
            for x in exact
        ]
        assert to_words(np.array(values), format, rounding, overflow).tolist() == expected


def test_words_that_must_fit() -> None:
    """Given `reject`, when a value does not fit, then its place is told; others are words."""
    values = np.array([[1.0, 7.4], [7.5, -8.0]])
    modes = Rounding.TIES_TO_POS_INF, Overflow.REJECT
    floored = to_words(values, Format.parse("s4f0"), Rounding.FLOOR, Overflow.REJECT)
    assert floored.tolist() == [[1, 7], [7, -8]]
    assert rejection_of(lambda: to_words(values, Format.parse("s4f0"), *modes)) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "8 at (1, 0) is outside s4f0 [-8, 7]"
    )
