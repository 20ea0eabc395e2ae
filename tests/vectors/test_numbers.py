"""Integers in files of vectors, and streams of them."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.strategies import formats, words
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.numbers import (
    hex_word,
    read_integers,
    read_words,
    word_of_bits,
    write_integers,
    write_words,
)
from fxcaps.vectors.stream import LFSR_TAPS, Lfsr, Stream, edge_words, seed_of


@given(st.data())
def test_words_come_back(data: st.DataObject) -> None:
    """Given words of any format, when written as JSON and read, then they are the same."""
    format = data.draw(formats(1, 80))
    given_words = data.draw(st.lists(words(format), max_size=8))
    text = json.dumps(write_words(given_words, format))
    assert read_words(json.loads(text), format, "here") == given_words


@given(st.data())
def test_hex_has_the_width(data: st.DataObject) -> None:
    """Given a word, when written in hexadecimal, then padded, masked, and the word again."""
    format = data.draw(formats(1, 80))
    word = data.draw(words(format))
    text = hex_word(word, format)
    assert len(text) == -(-format.width // 4)
    assert int(text, 16) < 1 << format.width
    assert word_of_bits(int(text, 16), format) == word


@pytest.mark.parametrize(
    ("format", "word", "written"),
    [
        ("s8f5", -3, -3),
        ("s40f30", -3, "fffffffffd"),
        ("u33f0", 5, "000000005"),
        ("s33f0", -(1 << 32), "100000000"),
        ("s33f0", 1 << 32, "0x100000000"),
        ("u32f0", 1 << 31, "0x80000000"),
    ],
)
def test_written_words(format: str, word: int, written: object) -> None:
    """Given a word, also one outside its format, when written, then as the page shows."""
    assert write_words([word], Format.parse(format)) == [written]
    assert read_words([written], Format.parse(format), "here") == [word]


@given(st.recursive(st.integers() | st.booleans() | st.sampled_from(["floor", "s8f5"]), st.lists))
def test_integers_come_back(value: object) -> None:
    """Given integers of any size in lists, when written and read, then they are the same."""
    written = write_integers(value)
    assert read_integers(json.loads(json.dumps(written))) == value


@pytest.mark.parametrize("item", [1.5, None, True, "xyz", "0fffffffffd", [1]])
def test_what_is_no_word(item: object) -> None:
    """Given what is no word of 40 bits, when read, then it is rejected with its place."""
    with pytest.raises(Rejection) as caught:
        read_words([0, item], Format.parse("s40f0"), "case x")
    assert caught.value.reason is Reason.FILE_FOREIGN
    assert caught.value.message == f"case x[1]: expected a word, found {item!r}"


def test_streams_are_pinned() -> None:
    """Given a name, when its stream is read, then always these words: cases depend on them."""
    stream = Stream("squash.fxcaps-hardware.random.s8f5-0")
    assert [stream.below(1000) for _ in range(4)] == [485, 184, 886, 724]
    assert Stream("x").words(Format.parse("s8f5"), 8) == [0, -33, -2, 5, 0, 25, 7, 37]
    assert [seed_of("a"), seed_of("b")] == [3398926611, 1042540567]


@given(st.text(max_size=5), st.integers(1, 1 << 70))
def test_streams_stay_below(name: str, limit: int) -> None:
    """Given a limit, when numbers are drawn, then none reaches it."""
    stream = Stream(name)
    assert all(0 <= stream.below(limit) < limit for _ in range(20))


def test_the_register_moves_as_the_page_says() -> None:
    """Given a seed, when shifted by hand, then the same bits, and 40 of them take two moves."""
    state, found = 0xDEADBEEF, []
    for _ in range(3):
        left = state & 1
        state >>= 1
        if left:
            state ^= 0x80200003
        found.append(state)
    register = Lfsr(0xDEADBEEF)
    assert register.bits(8) == found[0] & 0xFF
    assert register.bits(40) == found[1] | (found[2] & 0xFF) << 32


def test_the_register_has_its_period() -> None:
    """Given the taps as a matrix over two elements, when raised, then the order is 2**32 - 1."""

    def moved(column: int) -> int:
        return (column >> 1) ^ (LFSR_TAPS if column & 1 else 0)

    def applied(matrix: list[int], vector: int) -> int:
        found = 0
        for bit in range(32):
            if vector >> bit & 1:
                found ^= matrix[bit]
        return found

    def power(exponent: int) -> list[int]:
        result, base = [1 << k for k in range(32)], [moved(1 << k) for k in range(32)]
        while exponent:
            if exponent & 1:
                result = [applied(base, column) for column in result]
            base = [applied(base, column) for column in base]
            exponent >>= 1
        return result

    one = [1 << k for k in range(32)]
    period = (1 << 32) - 1
    assert power(period) == one
    assert all(power(period // prime) != one for prime in (3, 5, 17, 257, 65537))


def test_the_checksum_is_the_one_that_is_named() -> None:
    """Given the digits of the usual check, when summed, then the checksum of the page."""
    assert f"{zlib.crc32(b'123456789'):08x}" == "cbf43926"


@given(formats(1, 70))
def test_edge_words_have_both_ends(format: Format) -> None:
    """Given a format, when its edges are listed, then ascending words, both ends among them."""
    found = edge_words(format)
    assert found == sorted(set(found))
    assert (found[0], found[-1]) == (format.min, format.max)
