"""sigmoid: the logistic function of single words."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import Arithmetic, SigmoidExact, SigmoidLut
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

TABLE = SigmoidLut(table=(8, 11, 14, 15, 16), index_frac=0, table_frac=4, rounding=Rounding.FLOOR)


@pytest.mark.parametrize("algorithm", ["exact", "lut"])
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("sigmoid", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("sigmoid", called) == twin_outcome("sigmoid", called)

    check()


def every_word(format: Format) -> Tensor:
    """All words of a format."""
    words = list(range(format.min, format.max + 1))
    return Tensor((len(words),), format, words)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("signed", [True, False])
def test_every_small_word(signed: bool, rounding: Rounding) -> None:
    """Given all words of seven bits, when computed exactly, then as the twin."""
    for frac, frac_out in itertools.product((-2, 0, 4, 9), (-1, 0, 1, 7, 12)):
        x = every_word(Format(signed, 7, frac))
        called = call(SigmoidExact(rounding=rounding), f"s18f{frac_out}", x=x)
        assert spec_outcome("sigmoid", called) == twin_outcome("sigmoid", called)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize(("index_frac", "frac_out"), [(-2, 4), (0, 8), (2, 0), (5, -1)])
def test_every_small_word_by_table(rounding: Rounding, index_frac: int, frac_out: int) -> None:
    """Given all words of six bits, when looked up, then as the twin."""
    params = SigmoidLut(
        table=(33, 40, 51, 64, 0), index_frac=index_frac, table_frac=6, rounding=rounding
    )
    called = call(params, f"u8f{frac_out}", x=every_word(Format(True, 6, 1)))
    assert spec_outcome("sigmoid", called) == twin_outcome("sigmoid", called)


def test_the_middle_is_exact() -> None:
    """Given 0, when half is a word, then it is exact and silent."""
    for format in ("s8f4", "u8f-3"):
        called = call(SigmoidExact(), "u8f8", x=tensor(format, [0]))
        assert spec_outcome("sigmoid", called) == Outcome({"out": tensor("u8f8", [128])}, {})


@pytest.mark.parametrize(
    ("rounding", "words"),
    [
        (Rounding.TIES_TO_EVEN, [0, 0, 1]),
        (Rounding.TIES_TO_ODD, [0, 1, 1]),
        (Rounding.TIES_TO_ZERO, [0, 0, 1]),
        (Rounding.TIES_TO_POS_INF, [0, 1, 1]),
        (Rounding.FLOOR, [0, 0, 0]),
        (Rounding.CEIL, [1, 1, 1]),
    ],
)
def test_the_middle_is_a_tie(rounding: Rounding, words: list[int]) -> None:
    """Given 0 and words 2**-60 beside it, when rounded to no bits, then only 0 is a tie."""
    called = call(SigmoidExact(rounding=rounding), "u8f0", x=tensor("s8f60", [-1, 0, 1]))
    assert spec_outcome("sigmoid", called) == Outcome(
        {"out": tensor("u8f0", words)}, {"out": {Event.INEXACT: Count(3, 0)}}
    )


def test_ends_are_never_reached() -> None:
    """Given inputs of 2**40, when rounded outward, then 0 and 1 are limits, not values."""
    x = tensor("s8f-34", [-64, 64])
    for rounding, words in ((Rounding.FLOOR, [0, 255]), (Rounding.CEIL, [1, 256])):
        called = call(SigmoidExact(rounding=rounding), "u9f8", x=x)
        assert spec_outcome("sigmoid", called) == Outcome(
            {"out": tensor("u9f8", words)}, {"out": {Event.INEXACT: Count(2, 0)}}
        )


def test_table_by_hand() -> None:
    """Given a table of five words, when magnitudes index it, then floored and clamped."""
    # magnitudes 0, 7/4 -> 1, 7/4 -> 1, 2, 32 -> the last; negative ones take the rest to 16
    x = tensor("s8f2", [0, 7, -7, -8, -128])
    assert spec_outcome("sigmoid", call(TABLE, "u8f3", x=x)) == Outcome(
        {"out": tensor("u8f3", [4, 5, 2, 1, 0])}, {"out": {Event.INEXACT: Count(2, 1)}}
    )


def test_fitted_table_stays_close() -> None:
    """Given all words of s8f4, when looked up in a fitted table, then within a step of exact."""
    x = every_word(Format(True, 8, 4))
    fitted = SigmoidLut.fit(x.format, Format(False, 8, 8), Arithmetic())
    found = spec_outcome("sigmoid", call(fitted, "u8f8", x=x))
    exact = spec_outcome("sigmoid", call(SigmoidExact(), "u8f8", x=x))
    assert isinstance(found, Outcome)
    assert isinstance(exact, Outcome)
    pairs = zip(found.outputs["out"].words, exact.outputs["out"].words, strict=True)
    assert max(abs(p - q) for p, q in pairs) == 1


@pytest.mark.parametrize(("frac", "frac_out"), [(-3, 4), (0, 0), (4, 8), (12, 7), (20, 20)])
def test_fitted_tables(frac: int, frac_out: int) -> None:
    """Given any formats, when a table is fitted, then it rises from a half to one in 1,024."""
    x, out = Format(True, 8, frac), Format(False, 8, frac_out)
    params = SigmoidLut.fit(x, out, Arithmetic(rounding=Rounding.CEIL, overflow=Overflow.WRAP))
    one = 1 << params.table_frac
    assert (params.rounding, params.overflow) == (Rounding.CEIL, Overflow.WRAP)
    assert params.table[0] == one // 2
    assert list(params.table) == sorted(params.table)
    assert params.table.index(one) == len(params.table) - 1
    assert len(params.table) <= 1024


def test_out_of_range_is_rejected() -> None:
    """Given nearly 1, when u8f8 must hold it by reject, then it is named."""
    called = call(SigmoidExact(overflow=Overflow.REJECT), "u8f8", x=tensor("s8f0", [0, 100]))
    assert spec_outcome("sigmoid", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 256 is outside u8f8 [0, 255]"
    )


@pytest.mark.parametrize(
    ("table", "table_frac", "message"),
    [
        ((), 4, "the table is empty"),
        ((8,), -1, "table_frac must not be negative"),
        ((8, 17, 18), 4, "table word 17 is outside [0, 16]"),
        ((8, -1), 4, "table word -1 is outside [0, 16]"),
    ],
)
def test_tables_outside_their_set(table: tuple[int, ...], table_frac: int, message: str) -> None:
    """Given no words, or words outside 0 to one, when made, then rejected."""
    assert rejection_of(
        lambda: SigmoidLut(table=table, index_frac=0, table_frac=table_frac)
    ) == Rejected(Reason.PARAMETER_INVALID, f"sigmoid lut: {message}")
