"""squash, softmax and length on the engine: all small vectors, one an image."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from fxcaps.ops import (
    Length,
    Parameters,
    SoftmaxExact,
    SoftmaxLut,
    SquashExact,
    SquashIsqrtDivide,
)
from fxcaps.ops.softmax import exponential_table
from fxcaps.types import Format, Rounding, Tensor
from tests.engine.batches import assert_equal
from tests.support.cases import Case

SPACES = [(Format(True, 3, 1), 3), (Format(True, 4, 2), 2), (Format(False, 3, -1), 2)]
FRACTIONS = [(0, 3), (2, 4), (-1, 2), (3, -1), (1, 8)]


def vectors(format: Format, dim: int) -> Iterator[tuple[int, ...]]:
    return itertools.product(range(format.min, format.max + 1), repeat=dim)


def check(operation: str, params: Parameters) -> int:
    """Compare all vectors of all spaces; returns how many rows were left undecided."""
    left = 0
    for (space, dim), (frac, frac_out) in itertools.product(SPACES, FRACTIONS):
        x = Format(space.signed, space.width, frac)
        out = Format(True, 5, frac_out)
        shape = (dim,)
        images = [
            Case(params, {"x": Tensor(shape, x, list(words))}, {"out": out})
            for words in vectors(space, dim)
        ]
        left += len(images) - assert_equal(operation, images)
    return left


@pytest.mark.parametrize("rounding", Rounding)
def test_squash_exact(rounding: Rounding) -> None:
    """Given all small vectors, when squashed exactly, then all are decided, ties too."""
    assert check("squash", SquashExact(rounding=rounding)) == 0


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("guard", [0, 3])
def test_squash_isqrt_divide(guard: int, rounding: Rounding) -> None:
    """Given all small vectors, when squashed by root and division, then all are decided."""
    assert check("squash", SquashIsqrtDivide(guard=guard, rounding=rounding)) == 0


@pytest.mark.parametrize("rounding", Rounding)
def test_softmax_exact(rounding: Rounding) -> None:
    """Given all small logits, when computed exactly, then all are decided, equal ones too."""
    assert check("softmax", SoftmaxExact(rounding=rounding)) == 0


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("index_frac", [-2, 0, 3])
def test_softmax_lut(index_frac: int, rounding: Rounding) -> None:
    """Given all small logits, when looked up, then all are decided."""
    table = exponential_table(6, index_frac, 9)
    assert check("softmax", SoftmaxLut(table=table, index_frac=index_frac, rounding=rounding)) == 0


@pytest.mark.parametrize("rounding", Rounding)
def test_length(rounding: Rounding) -> None:
    """Given all small vectors, when measured, then all are decided."""
    for (space, dim), (frac, frac_out) in itertools.product(SPACES, FRACTIONS):
        x, out = Format(space.signed, space.width, frac), Format(False, 6, frac_out)
        images = [
            Case(Length(rounding=rounding), {"x": Tensor((dim,), x, list(words))}, {"out": out})
            for words in vectors(space, dim)
        ]
        assert assert_equal("length", images) == len(images)
