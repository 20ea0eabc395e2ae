"""softmax: coupling coefficients from logits."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import Arithmetic, SoftmaxExact, SoftmaxLut
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

ROUNDINGS = [
    Rounding.TIES_TO_EVEN,
    Rounding.TIES_AWAY,
    Rounding.TIES_TO_ODD,
    Rounding.FLOOR,
    Rounding.CEIL,
    Rounding.JAM,
]

TABLE = SoftmaxLut(table=(16, 10, 6, 4, 2, 1, 0), index_frac=1, rounding=Rounding.FLOOR)


@pytest.mark.parametrize("algorithm", ["exact", "lut"])
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("softmax", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("softmax", called) == twin_outcome("softmax", called)

    check()


def _every_vector(format: Format, dim: int) -> Tensor:
    words = range(format.min, format.max + 1)
    vectors = list(itertools.product(words, repeat=dim))
    return Tensor((len(vectors), dim), format, [word for v in vectors for word in v])


@pytest.mark.parametrize(
    ("frac", "frac_out"), [(0, 8), (0, 0), (2, 4), (3, 15), (-1, 6), (-5, 3), (1, -1), (9, 2)]
)
@pytest.mark.parametrize(("signed", "width", "dim"), [(True, 3, 3), (True, 4, 2), (False, 3, 2)])
def test_every_small_vector(signed: bool, width: int, dim: int, frac: int, frac_out: int) -> None:
    """Given all vectors of two or three small logits, when coupled exactly, then as the twin."""
    x = _every_vector(Format(signed, width, frac), dim)
    for rounding in ROUNDINGS:
        called = call(SoftmaxExact(rounding=rounding), f"s18f{frac_out}", x=x)
        assert spec_outcome("softmax", called) == twin_outcome("softmax", called)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize(("index_frac", "frac_out"), [(-2, 4), (0, 8), (2, 0), (5, -1)])
def test_every_small_vector_by_table(rounding: Rounding, index_frac: int, frac_out: int) -> None:
    """Given all triples of three-bit logits, when coupled by a table, then as the twin."""
    params = SoftmaxLut(table=(200, 121, 74, 45, 27, 0), index_frac=index_frac, rounding=rounding)
    called = call(params, f"u8f{frac_out}", x=_every_vector(Format(True, 3, 1), 3))
    assert spec_outcome("softmax", called) == twin_outcome("softmax", called)


@pytest.mark.parametrize(
    ("rounding", "word"),
    [
        (Rounding.FLOOR, 0),
        (Rounding.CEIL, 1),
        (Rounding.TOWARD_ZERO, 0),
        (Rounding.AWAY_FROM_ZERO, 1),
        (Rounding.TIES_TO_POS_INF, 1),
        (Rounding.TIES_TO_NEG_INF, 0),
        (Rounding.TIES_AWAY, 1),
        (Rounding.TIES_TO_ZERO, 0),
        (Rounding.TIES_TO_EVEN, 0),
        (Rounding.TIES_TO_ODD, 1),
        (Rounding.JAM, 1),
    ],
)
def test_uniform_coupling_can_be_a_tie(rounding: Rounding, word: int) -> None:
    """Given 512 equal logits, when coupled at eight bits, then 1/512 is exactly half a step."""
    for logit in (0, -3):
        x = Tensor((512,), Format(True, 8, 4), [logit] * 512)
        called = call(SoftmaxExact(rounding=rounding), "u8f8", x=x)
        assert spec_outcome("softmax", called) == Outcome(
            {"out": tensor("u8f8", [word] * 512)}, {"out": {Event.INEXACT: Count(512, 0)}}
        )


def test_uniform_coupling_can_be_exact() -> None:
    """Given equal logits, when 1/J is a word, then the coupling is exact and silent."""
    x = tensor("s8f-2", [[5, 5, 5, 5], [-1, -1, -1, -1]])
    assert spec_outcome("softmax", call(SoftmaxExact(), "u8f8", x=x)) == Outcome(
        {"out": tensor("u8f8", [[64] * 4, [64] * 4])}, {}
    )


def test_logits_that_nearly_agree() -> None:
    """Given logits 2**-60 apart, when coupled at no bits, then one half is not quite a tie."""
    called = call(SoftmaxExact(rounding=Rounding.TIES_TO_EVEN), "u8f0", x=tensor("s8f60", [[1, 0]]))
    assert spec_outcome("softmax", called) == Outcome(
        {"out": tensor("u8f0", [[1, 0]])}, {"out": {Event.INEXACT: Count(2, 0)}}
    )


def test_logits_that_are_worlds_apart() -> None:
    """Given a difference of 2**40, when coupled, then the value is inside (0, 1), never at it."""
    x = tensor("s8f-34", [[64, 0]])
    for rounding, words in ((Rounding.FLOOR, [255, 0]), (Rounding.CEIL, [256, 1])):
        called = call(SoftmaxExact(rounding=rounding), "u9f8", x=x)
        assert spec_outcome("softmax", called) == Outcome(
            {"out": tensor("u9f8", [words])}, {"out": {Event.INEXACT: Count(2, 0)}}
        )


def test_one_capsule_takes_all() -> None:
    """Given one output capsule, when coupled, then the coefficient is 1, which u8f8 clips."""
    assert spec_outcome("softmax", call(SoftmaxExact(), "u8f8", x=tensor("s8f4", [[7]]))) == (
        Outcome({"out": tensor("u8f8", [[255]])}, {"out": {Event.SATURATED: Count(1, 0)}})
    )


def test_table_by_hand() -> None:
    """Given a table of halves, when distances index it, then floored and clamped."""
    # distances 0, 3/4 -> index 1, 0 and 0, 1 -> 2, 127/4 -> the last
    x = tensor("s8f2", [[3, 0, 3], [63, 59, -64]])
    called = call(TABLE, "u8f8", x=x)
    # 16 / 42, 10 / 42, 16 / 42; 16 / 22, 6 / 22, 0
    assert spec_outcome("softmax", called) == Outcome(
        {"out": tensor("u8f8", [[97, 60, 97], [186, 69, 0]])},
        {"out": {Event.INEXACT: Count(5, 0)}},
    )


def test_fitted_table_stays_close() -> None:
    """Given s8f4 logits, when coupled by a fitted table, then within a step of the exact."""
    x, out = Format(True, 8, 4), Format(False, 8, 8)
    params = SoftmaxLut.fit(x, out, Arithmetic())
    logits = Tensor((64, 4), x, [(37 * k * k + 11 * k) % 256 - 128 for k in range(256)])
    fitted = spec_outcome("softmax", Case(params, {"x": logits}, {"out": out}))
    exact = spec_outcome("softmax", Case(SoftmaxExact(), {"x": logits}, {"out": out}))
    assert isinstance(fitted, Outcome)
    assert isinstance(exact, Outcome)
    pairs = zip(fitted.outputs["out"].words, exact.outputs["out"].words, strict=True)
    assert max(abs(p - q) for p, q in pairs) == 1


def test_out_of_range_is_rejected() -> None:
    """Given a coefficient of 1, when u8f8 must hold it by reject, then it is named."""
    called = call(SoftmaxExact(overflow=Overflow.REJECT), "u8f8", x=tensor("s8f4", [[7]]))
    assert spec_outcome("softmax", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[0]: 256 is outside u8f8 [0, 255]"
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ((), "table[0] must be positive"),
        ((0, 1), "table[0] must be positive"),
        ((1, 2, -1), "table words must not be negative"),
    ],
)
def test_tables_outside_their_set(table: tuple[int, ...], message: str) -> None:
    """Given an empty table, a zero start or a negative word, when made, then rejected."""
    assert rejection_of(lambda: SoftmaxLut(table=table, index_frac=0)) == Rejected(
        Reason.PARAMETER_INVALID, f"softmax lut: {message}"
    )


@pytest.mark.parametrize("shape", [(), (3, 0)])
def test_a_vector_has_logits(shape: tuple[int, ...]) -> None:
    """Given no last axis, or an empty one, when coupled, then it is rejected."""
    x = Tensor(shape, Format(True, 4, 0), [] if shape else [1])
    assert spec_outcome("softmax", call(SoftmaxExact(), "u4f3", x=x)) == Rejected(
        Reason.SHAPE_MISMATCH, f"softmax needs a non-empty last axis, found {shape}"
    )
