"""Tensors: shape, format and words that belong together."""

from __future__ import annotations

from typing import Any

import pytest

from fxcaps.types import Format, Reason, Shape, Signature, Tensor
from tests.support.outcomes import Rejected, rejection_of

S4 = Format(True, 4, 2)


def test_signature() -> None:
    """Given a tensor, when asked what is known before its words, then shape and format."""
    assert Tensor((2, 1), S4, [3, -8]).signature == Signature((2, 1), S4)


@pytest.mark.parametrize(
    ("shape", "words"), [((), [7]), ((0,), []), ((3, 0, 2), []), ((1, 2), (-8, 7))]
)
def test_scalars_empty_tensors_and_ends(shape: Shape, words: list[int]) -> None:
    """Given as many words as the shape has places, when made, then the words are kept."""
    assert Tensor(shape, S4, words).words == words


@pytest.mark.parametrize(
    ("shape", "count", "size"), [((), 0, 1), ((2, 3), 5, 6), ((2, 3), 7, 6), ((0,), 1, 0)]
)
def test_number_of_words(shape: Shape, count: int, size: int) -> None:
    """Given another number of words than places, when made, then both are named."""
    assert rejection_of(lambda: Tensor(shape, S4, [0] * count)) == Rejected(
        Reason.SHAPE_MISMATCH, f"shape {shape} needs {size} words, found {count}"
    )


@pytest.mark.parametrize(
    ("words", "word", "index"), [([0, 8, -9], 8, 1), ([0, 7, -9], -9, 2), ([99, 0, 0], 99, 0)]
)
def test_word_outside_its_format(words: list[int], word: int, index: int) -> None:
    """Given words beyond the format, when made, then the first one is named."""
    assert rejection_of(lambda: Tensor((3,), S4, words)) == Rejected(
        Reason.WORD_OUT_OF_RANGE, f"word {word} at index {index} is outside s4f2 [-8, 7]"
    )


@pytest.mark.parametrize("shape", [(-1,), (-2, -1), (0, -1)])
def test_negative_extents(shape: Shape) -> None:
    """Given an extent below zero, when made, then it is rejected whatever the product is."""
    assert rejection_of(lambda: Tensor(shape, S4, [0, 0])) == Rejected(
        Reason.SHAPE_MISMATCH, f"shape {shape} has a negative extent"
    )


@pytest.mark.parametrize("word", [1.0, True, "1", None])
def test_words_are_integers(word: Any) -> None:
    """Given a word that is no integer, when made, then it is named."""
    assert rejection_of(lambda: Tensor((2,), S4, [0, word])) == Rejected(
        Reason.DATA_INVALID, f"words are integers, found {word!r}"
    )


def test_unsigned_words_are_not_negative() -> None:
    """Given -1 in an unsigned format, when made, then it is rejected."""
    assert rejection_of(lambda: Tensor((), Format(False, 4, 0), [-1])) == Rejected(
        Reason.WORD_OUT_OF_RANGE, "word -1 at index 0 is outside u4f0 [0, 15]"
    )
