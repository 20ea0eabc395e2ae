"""Formats: which integers are words and what a word is worth."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.strategies import edge_words, formats, words
from fxcaps.types import Format, Reason
from tests.support.outcomes import Rejected, rejection_of


@pytest.mark.parametrize(
    ("text", "low", "high", "step"),
    [
        ("s8f5", -128, 127, Fraction(1, 32)),
        ("u16f16", 0, 65535, Fraction(1, 65536)),
        ("s1f0", -1, 0, Fraction(1)),
        ("u1f3", 0, 1, Fraction(1, 8)),
        ("s8f-2", -128, 127, Fraction(4)),
        ("u3f7", 0, 7, Fraction(1, 128)),
    ],
)
def test_range_and_step(text: str, low: int, high: int, step: Fraction) -> None:
    """Given a format, when asked, then its ends and its step are those of two's complement."""
    format = Format.parse(text)
    assert (format.min, format.max, format.step) == (low, high, step)
    assert [format.contains(word) for word in (low - 1, low, 0, high, high + 1)] == [
        False,
        True,
        True,
        True,
        False,
    ]


@given(formats(1, 100))
def test_canonical_text_reads_back(format: Format) -> None:
    """Given any format, when written and read, then it is the same format."""
    assert Format.parse(str(format)) == format
    assert Format.parse(format) is format


@given(st.data())
def test_value_of_a_word(data: st.DataObject) -> None:
    """Given any word, when valued, then the value times 2**frac is the word again."""
    format = data.draw(formats(1, 100))
    word = data.draw(words(format))
    assert format.value(word) * Fraction(2) ** format.frac == word


def test_edge_words_are_words() -> None:
    """Given the words that tests favour, when checked, then each is of its format."""
    for format in (Format(signed, width, 0) for signed in (True, False) for width in range(1, 9)):
        edges = edge_words(format)
        assert {format.min, 0, format.max} <= set(edges)
        assert all(format.contains(word) for word in edges)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("s1f0", 1),
        ("s8f0", 1),
        ("u7f0", 1),
        ("u8f0", 2),
        ("s9f0", 2),
        ("s16f0", 2),
        ("u16f0", 4),
        ("s32f0", 4),
        ("u32f0", 8),
        ("u63f0", 8),
        ("s64f0", 8),
    ],
)
def test_container(text: str, size: int) -> None:
    """Given a format, when stored, then in the smallest signed container."""
    assert Format.parse(text).container_bytes == size


@pytest.mark.parametrize("text", ["u64f0", "s65f3"])
def test_no_container(text: str) -> None:
    """Given a format wider than 64 signed bits, when stored, then it is rejected."""
    assert rejection_of(lambda: Format.parse(text).container_bytes) == Rejected(
        Reason.FORMAT_INVALID, f"{text} has no signed container of at most 64 bits"
    )


@pytest.mark.parametrize(
    ("made", "canonical"),
    [
        (Format.from_arm("Q8.8"), "s16f8"),
        (Format.from_arm("Q4.12"), "s16f12"),
        (Format.from_arm("UQ8.8"), "u16f8"),
        (Format.from_arm("Q-3.11"), "s8f11"),
        (Format.from_ti("Q7.8"), "s16f8"),
        (Format.from_ti("UQ7.8"), "u15f8"),
        (Format.from_ti("Q0.15"), "s16f15"),
        (Format.from_ti("Q9.-2"), "s8f-2"),
        (Format.from_ap(16, 8), "s16f8"),
        (Format.from_ap(16, 8, signed=False), "u16f8"),
        (Format.from_ap(8, 12), "s8f-4"),
        (Format.from_ap(8, -2), "s8f10"),
        (Format.from_vhdl(7, -8), "s16f8"),
        (Format.from_vhdl(7, -8, signed=False), "u16f8"),
        (Format.from_vhdl(9, 2), "s8f-2"),
        (Format.from_vhdl(0, 0), "s1f0"),
        (Format.from_matlab("sfix16_En8"), "s16f8"),
        (Format.from_matlab("ufix8_E3"), "u8f-3"),
        (Format.from_matlab("sfix8"), "s8f0"),
        (Format.from_qonnx("FIXED<16,8>"), "s16f8"),
        (Format.from_qonnx("UFIXED<8,0>"), "u8f8"),
        (Format.from_qonnx("FIXED<8,-2>"), "s8f10"),
    ],
)
def test_vendor_notations(made: Format, canonical: str) -> None:
    """Given a vendor's notation, when read, then by that vendor's count of the sign bit."""
    assert str(made) == canonical


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Format(True, 0, 0), "width must be at least 1, found 0"),
        (lambda: Format(False, -3, 0), "width must be at least 1, found -3"),
        (lambda: Format(1, 8, 0), "signed must be true or false, found 1"),  # type: ignore[arg-type]
        (lambda: Format(True, True, 0), "width must be an integer, found True"),
        (lambda: Format(True, 8.0, 0), "width must be an integer, found 8.0"),  # type: ignore[arg-type]
        (lambda: Format(True, 8, "5"), "frac must be an integer, found '5'"),  # type: ignore[arg-type]
        (
            lambda: Format.parse("x8f5"),
            "expected a format such as 's8f5' or 'u16f16', found 'x8f5'",
        ),
        (
            lambda: Format.parse("s08f5"),
            "expected a format such as 's8f5' or 'u16f16', found 's08f5'",
        ),
        (
            lambda: Format.parse("s8f-0"),
            "expected a format such as 's8f5' or 'u16f16', found 's8f-0'",
        ),
        (
            lambda: Format.parse("s0f0"),
            "expected a format such as 's8f5' or 'u16f16', found 's0f0'",
        ),
        (
            lambda: Format.parse("s8f5\n"),
            "expected a format such as 's8f5' or 'u16f16', found 's8f5\\n'",
        ),
        (
            lambda: Format.parse("Q8.8"),
            (
                "'Q8.8' is ambiguous: Arm counts the sign bit in the first number and TI does not; "
                "use Format.from_arm or Format.from_ti"
            ),
        ),
        (
            lambda: Format.parse(5),  # type: ignore[arg-type]
            "a format is text such as 's8f5', found 5",
        ),
        (
            lambda: Format.from_arm("s8f5"),
            "expected Q notation such as 'Q8.8' or 'UQ8.8', found 's8f5'",
        ),
        (
            lambda: Format.from_ti("Q7"),
            "expected Q notation such as 'Q8.8' or 'UQ8.8', found 'Q7'",
        ),
        (
            lambda: Format.from_arm(5),  # type: ignore[arg-type]
            "expected Q notation such as 'Q8.8' or 'UQ8.8', found 5",
        ),
        (lambda: Format.from_arm("Q0.0"), "width must be at least 1, found 0"),
        (lambda: Format.from_vhdl(-9, -8), "VHDL range (-9 downto -8) is empty"),
        (
            lambda: Format.from_matlab("fix16_En8"),
            "expected a MATLAB type such as 'sfix16_En8', found 'fix16_En8'",
        ),
        (
            lambda: Format.from_qonnx("FIXED<16>"),
            "expected a QONNX type such as 'FIXED<16,8>', found 'FIXED<16>'",
        ),
    ],
)
def test_no_format(make: Callable[[], Any], message: str) -> None:
    """Given what is no format, when made, then it is rejected with what was found."""
    assert rejection_of(make) == Rejected(Reason.FORMAT_INVALID, message)
