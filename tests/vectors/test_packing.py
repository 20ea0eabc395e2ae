"""Packing rules: beats, keep-masks, packed bits, C literals; and patterns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.arrange import read_pattern
from fxcaps.vectors.column import ROW, Column, Layout, c_array
from fxcaps.vectors.numbers import word_of_bits
from fxcaps.vectors.packing import beats, keep_masks, literal, packed, row_bytes

S5 = Format.parse("s5f0")


def test_beats() -> None:
    """Given five words in lanes of two, then lane 0 is low, words are masked, pads are zero."""
    words = [-16, -1, 15, 1, -2]
    assert beats(words, S5, 2) == ["3f0", "02f", "01e"]
    assert keep_masks(5, 2) == ["3", "3", "1"]
    assert beats(words, S5) == ["10", "1f", "0f", "01", "1e"]
    assert beats([], S5, 4) == []


@given(st.integers(1, 40), st.booleans(), st.integers(1, 9), st.data())
def test_beats_are_read_back(width: int, signed: bool, lanes: int, data: st.DataObject) -> None:
    """Given any words, when beats are cut into lanes, then the words, and zeros behind them."""
    format = Format(signed, width, 0)
    words = data.draw(st.lists(st.integers(format.min, format.max), max_size=20))
    lines, masks = beats(words, format, lanes), keep_masks(len(words), lanes)
    found = []
    for line, mask in zip(lines, masks, strict=True):
        assert len(line) == -(-lanes * width // 4)
        for lane in range(lanes):
            word = word_of_bits(int(line, 16) >> lane * width, format)
            if int(mask, 16) >> lane & 1:
                found.append(word)
            else:
                assert word == 0
    assert found == words


@given(st.integers(1, 63), st.integers(0, 8), st.integers(1, 7), st.data())
def test_packed_rows_are_read_back(width: int, more: int, length: int, data: st.DataObject) -> None:
    """Given rows of words, when a row's bytes are one little-endian integer, then the words."""
    format, bits = Format(True, width, 0), width + more
    draw = st.lists(st.integers(format.min, format.max), min_size=length, max_size=length)
    rows = np.array(data.draw(st.lists(draw, min_size=1, max_size=3)), np.int64)
    content, size = packed(rows, format, bits), row_bytes(rows, bits)
    assert len(content) == size * len(rows)
    for k, row in enumerate(rows.tolist()):
        whole = int.from_bytes(content[k * size : (k + 1) * size], "little")
        assert whole >> bits * length == 0
        slot = Format(True, bits, 0)
        assert [word_of_bits(whole >> bits * i, slot) for i in range(length)] == row


def test_packed_in_too_few_bits() -> None:
    """Given fewer bits than the format has, when packed, then rejected."""
    with pytest.raises(Rejection) as caught:
        packed(np.zeros((1, 1), np.int64), S5, 4)
    assert (caught.value.reason, str(caught.value)) == (
        Reason.FORMAT_INVALID,
        "FORMAT_INVALID: 4 bits do not hold the words of s5f0",
    )


@pytest.mark.parametrize(
    ("word", "bits", "text"),
    [
        (-128, 8, "-128"),
        (-(1 << 31), 32, "(-2147483647 - 1)"),
        (1 << 40, 64, "INT64_C(1099511627776)"),
        (-(1 << 63), 64, "(-INT64_C(9223372036854775807) - 1)"),
    ],
)
def test_literals(word: int, bits: int, text: str) -> None:
    """Given the ends of types, when written in C, then without an overflow."""
    assert literal(word, bits) == text


def test_a_pattern_permutes() -> None:
    """Given the page's pattern, when applied, then NumPy's own transposition, split and padded."""
    words = np.arange(5 * 2 * 3 * 2).reshape(5, 2, 3, 2)
    pattern = read_pattern("i j d k -> j (i lane=4) d k")
    assert pattern.shape(words.shape) == (2, 8, 3, 2)
    padded = np.pad(words, [(0, 3), (0, 0), (0, 0), (0, 0)])
    np.testing.assert_array_equal(pattern.apply(words), padded.transpose(1, 0, 2, 3))


@pytest.mark.parametrize(
    ("text", "subscripts", "split"),
    [
        ("(i lane=2) j -> j i lane", "abc->cab", (3, 2, 4)),
        ("i (j bank=2) -> bank (j i)", "abc->cba", (6, 2, 2)),
        ("i j -> j i", "ab->ba", (6, 4)),
        ("i j -> (i j)", "ab->ab", (6, 4)),
    ],
)
def test_patterns_against_einsum(text: str, subscripts: str, split: tuple[int, ...]) -> None:
    """Given a pattern without padding, when applied, then what einsum says of the split array."""
    words = np.arange(24).reshape(6, 4)
    expected = np.einsum(subscripts, words.reshape(split))
    np.testing.assert_array_equal(read_pattern(text).apply(words).ravel(), expected.ravel())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("i j", "is not 'axes -> axes'"),
        ("i j -> i", "has j on one side only"),
        ("i j -> i j lane", "has 'lane' behind no axis that it could split"),
        ("i j -> (lane i) j", "has 'lane' behind no axis that it could split"),
        ("i i -> i", "has 'i' more than once on a side"),
        ("i=2 j -> j i=3", "gives two sizes for 'i'"),
        ("i * j -> j i", "has '*' in it"),
    ],
)
def test_what_is_no_pattern(text: str, found: str) -> None:
    """Given something else, when read, then one line and an example."""
    with pytest.raises(Rejection) as caught:
        read_pattern(text)
    example = "an example: 'i j d k -> j (i lane=4) d k'"
    assert str(caught.value) == f"PARAMETER_INVALID: pattern {text!r} {found}; {example}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("i j k -> k j i", "names 3 axes"),
        ("(i a) j -> i a j", "gives no sizes for i, a"),
        ("(i=2 a=2) j -> i a j", "has 4 places for i a"),
    ],
)
def test_a_pattern_of_another_shape(text: str, found: str) -> None:
    """Given a tensor that a pattern does not fit, when arranged, then rejected with its shape."""
    with pytest.raises(Rejection) as caught:
        read_pattern(text).apply(np.zeros((5, 2), np.int64))
    message = f"SHAPE_MISMATCH: pattern {text!r} {found}, the tensor is 5x2"
    assert str(caught.value) == message


def test_a_column_in_lanes_of_a_row() -> None:
    """Given two cases of an odd shape, arranged, then a case begins a beat, digests stay."""
    words = np.arange(12).reshape(2, 3, 2)
    layout = Layout({"x": ROW}, {"x": read_pattern("a b -> b a")})
    column = Column("in_x", S5, words, layout, "x")
    assert (column.lanes, column.size, column.beats) == (3, 6, 2)
    first = 0 | 2 << 5 | 4 << 10
    assert column.lines()[0] == f"{first:04x}"
    assert column.masks() == ["7"] * 4
    plain = Column("in_x", S5, words, Layout(), "x").describe()
    assert column.describe() == plain | {"order": "a b -> b a", "stored_shape": [2, 3]}
    assert c_array(column)[-4:] == [" {", "  6, 8, 10, 7, 9, 11,", " },", "};"]
