"""squash: a vector shrunk to a length below one."""

from __future__ import annotations

import itertools
import re
from math import isqrt
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import (
    OPERATIONS,
    Arithmetic,
    EpsilonAt,
    SquashExact,
    SquashIsqrtDivide,
    SquashIsqrtFactor,
)
from fxcaps.types import (
    Accumulator,
    Check,
    Count,
    Event,
    Format,
    Overflow,
    Reason,
    Rounding,
    Tensor,
)
from tests.spec.pages import OPS, table_with
from tests.support.build import call, tensor
from tests.support.cases import Case, calls
from tests.support.cases.squash import SQUASHES, squashes
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

FRACTIONS = [(0, 0), (0, 3), (1, 1), (2, 4), (3, 7), (-1, 2), (2, -1), (-2, -2), (5, 9)]

ROUNDINGS = [
    Rounding.TIES_TO_EVEN,
    Rounding.TIES_AWAY,
    Rounding.TIES_TO_ODD,
    Rounding.FLOOR,
    Rounding.CEIL,
    Rounding.JAM,
]

NEAREST = [rounding for rounding in Rounding if rounding.value.startswith("ties_")]


@pytest.mark.parametrize("algorithm", SQUASHES)
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("squash", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("squash", called) == twin_outcome("squash", called)

    check()


def _every_vector(format: Format, dim: int) -> Tensor:
    words = range(format.min, format.max + 1)
    vectors = list(itertools.product(words, repeat=dim))
    return Tensor((len(vectors), dim), format, [word for v in vectors for word in v])


@pytest.mark.exhaustive
@pytest.mark.parametrize(("frac", "frac_out"), FRACTIONS)
@pytest.mark.parametrize(("signed", "width", "dim"), [(True, 3, 3), (True, 4, 2), (False, 3, 2)])
def test_every_small_vector(signed: bool, width: int, dim: int, frac: int, frac_out: int) -> None:
    """Given all vectors of two or three small words, when squashed exactly, then as the twin."""
    x = _every_vector(Format(signed, width, frac), dim)
    for rounding in ROUNDINGS:
        called = call(SquashExact(rounding=rounding), f"s8f{frac_out}", x=x)
        assert spec_outcome("squash", called) == twin_outcome("squash", called)


@pytest.mark.parametrize(("frac", "frac_out"), FRACTIONS)
@pytest.mark.parametrize("place", EpsilonAt)
@pytest.mark.parametrize("epsilon", [(1, 4), (1, 10**6), (7, 3)])
def test_every_small_vector_with_epsilon(
    epsilon: tuple[int, int], place: EpsilonAt, frac: int, frac_out: int
) -> None:
    """Given all pairs of four-bit words, when squashed with an epsilon, then as the twin."""
    x = _every_vector(Format(True, 4, frac), 2)
    for rounding in (Rounding.TIES_TO_EVEN, Rounding.CEIL):
        params = SquashExact(epsilon=epsilon, epsilon_at=place, rounding=rounding)
        called = call(params, f"s8f{frac_out}", x=x)
        assert spec_outcome("squash", called) == twin_outcome("squash", called)


@pytest.mark.parametrize("place", EpsilonAt)
def test_an_epsilon_of_zero_is_none(place: EpsilonAt) -> None:
    """Given an epsilon of 0 / 7, when squashed, then as without, wherever it is added."""
    x = _every_vector(Format(True, 4, 2), 2)
    params = SquashExact(epsilon=(0, 7), epsilon_at=place)
    expected = spec_outcome("squash", call(SquashExact(), "s8f7", x=x))
    assert spec_outcome("squash", call(params, "s8f7", x=x)) == expected


@pytest.mark.parametrize(
    ("place", "epsilon", "words"),
    [
        # n = 1: 1/2 / (1 + 1) is a quarter; n**2 + 3 = 4: 1/2 / 2 is a quarter, 2 / 5 no tie
        (EpsilonAt.NORM, (1, 1), [[1], [0]]),
        (EpsilonAt.ROOT, (3, 1), [[1], [0]]),
        (EpsilonAt.SQUARES, (3, 1), [[1], [-1]]),
    ],
)
def test_ties_with_epsilon(
    place: EpsilonAt, epsilon: tuple[int, int], words: list[list[int]]
) -> None:
    """Given 1 and -1, when an epsilon makes a tie of them, then it is broken upwards."""
    params = SquashExact(epsilon=epsilon, epsilon_at=place)
    called = call(params, "s8f1", x=tensor("s8f4", [[16], [-16]]))
    assert spec_outcome("squash", called) == Outcome(
        {"out": tensor("s8f1", words)}, {"out": {Event.INEXACT: Count(2, 0)}}
    )


@pytest.mark.parametrize(("frac", "frac_out"), FRACTIONS)
@pytest.mark.parametrize("guard", [0, 1, 5])
def test_every_small_vector_by_division(guard: int, frac: int, frac_out: int) -> None:
    """Given all pairs of four-bit words, when squashed by isqrt and division, then as twin."""
    x = _every_vector(Format(True, 4, frac), 2)
    for rounding in (Rounding.TIES_TO_EVEN, Rounding.CEIL):
        params = SquashIsqrtDivide(guard=guard, rounding=rounding, overflow=Overflow.WRAP)
        called = call(params, f"s4f{frac_out}", x=x)
        assert spec_outcome("squash", called) == twin_outcome("squash", called)


@pytest.mark.parametrize(("frac", "frac_out"), FRACTIONS)
@pytest.mark.parametrize("factor", ["u8f8", "s4f5", "u3f0", "u2f-1"])
def test_every_small_vector_by_a_factor(factor: str, frac: int, frac_out: int) -> None:
    """Given all pairs of four-bit words, when squashed by one factor, then as the twin."""
    x = _every_vector(Format(True, 4, frac), 2)
    for factor_rounding, guard in ((Rounding.FLOOR, 0), (Rounding.TIES_TO_EVEN, 3)):
        params = SquashIsqrtFactor(
            guard=guard,
            factor_format=Format.parse(factor),
            factor_rounding=factor_rounding,
            factor_overflow=Overflow.WRAP,
            rounding=Rounding.CEIL,
        )
        called = call(params, f"s4f{frac_out}", x=x)
        assert spec_outcome("squash", called) == twin_outcome("squash", called)


def test_a_factor_without_a_word_is_rejected() -> None:
    """Given a factor of 1/2, when its format ends below, then reject names the vector."""
    params = SquashIsqrtFactor(factor_format=Format(False, 3, 4), factor_overflow=Overflow.REJECT)
    called = call(params, "s8f7", x=tensor("s8f4", [[1, 1], [16, 0]]))
    assert spec_outcome("squash", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "factor of out[2]: 8 is outside u3f4 [0, 7]"
    )


def test_the_factor_has_no_events() -> None:
    """Given a factor that is rounded and saturates, when its products fit, then no event."""
    params = SquashIsqrtFactor(factor_format=Format(False, 3, 4))
    called = call(params, "s16f12", x=tensor("s8f4", [[16, 0], [3, -9]]))
    assert spec_outcome("squash", called) == Outcome(
        {"out": tensor("s16f12", [[16 * 7 * 16, 0], [3 * 7 * 16, -9 * 7 * 16]])}, {}
    )


def test_one_half() -> None:
    """Given the vector (1), when squashed, then 1/2 is exact with a bit and a tie without."""
    x = tensor("s8f4", [[16], [-16]])
    assert spec_outcome("squash", call(SquashExact(), "s8f1", x=x)) == Outcome(
        {"out": tensor("s8f1", [[1], [-1]])}, {}
    )
    assert spec_outcome("squash", call(SquashExact(), "s8f0", x=x)) == Outcome(
        {"out": tensor("s8f0", [[1], [0]])}, {"out": {Event.INEXACT: Count(2, 0)}}
    )


@pytest.mark.parametrize("algorithm", OPERATIONS["squash"].algorithms)
def test_zero_vector_gives_zero(algorithm: Any) -> None:
    """Given the zero vector, when squashed by any algorithm, then it is zero and exact."""
    for x in ("s8f-3", "u3f2", "s4f9"):
        if algorithm.algorithm not in squashes(Format.parse(x), Format(True, 8, 7)):
            continue
        arithmetic = Arithmetic(rounding=Rounding.JAM)
        params = algorithm.fit(Format.parse(x), Format(True, 8, 7), arithmetic)
        called = call(params, "s8f7", x=tensor(x, [[0, 0, 0]]))
        assert spec_outcome("squash", called) == Outcome({"out": tensor("s8f7", [[0, 0, 0]])}, {})


def _naive_ties(frac: int, frac_out: int, reach: int, dim: int, *, true: bool) -> list[list[int]]:
    """Vectors whose first component `isqrt(4A) == odd * D` takes for a tie, rightly or not."""
    found = []
    for vector in itertools.product(range(reach), repeat=dim):
        square = sum(word * word for word in vector)
        numerator = vector[0] ** 2 * square * 4**frac_out
        denominator = 4**frac + square
        root = isqrt(4 * numerator)
        odd = root % denominator == 0 and root // denominator % 2 == 1
        if odd and (root * root == 4 * numerator) is true:
            found.append(list(vector))
    return found


@pytest.mark.parametrize(
    ("frac", "frac_out", "reach", "dim", "least"),
    [(0, 2, 64, 2, 2), (2, 7, 26, 3, 20), (1, 1, 8, 4, 20), (4, 7, 10, 2, 1)],
)
def test_near_ties_round_up(frac: int, frac_out: int, reach: int, dim: int, least: int) -> None:
    """Given values above half that integer roots call ties, then every nearest mode goes up."""
    vectors = _naive_ties(frac, frac_out, reach, dim, true=False)
    assert len(vectors) >= least
    for side, vector in itertools.product((1, -1), vectors):
        x = tensor(f"s8f{frac}", [[side * word for word in vector]])
        square = sum(word * word for word in vector)
        halves = isqrt(4 * vector[0] ** 2 * square * 4**frac_out) // (4**frac + square)
        for rounding in NEAREST:
            called = call(SquashExact(rounding=rounding), f"s9f{frac_out}", x=x)
            found = spec_outcome("squash", called)
            assert found == twin_outcome("squash", called)
            assert isinstance(found, Outcome)
            assert found.outputs["out"].words[0] == side * (halves + 1) // 2


@pytest.mark.parametrize(
    ("frac", "frac_out", "reach", "dim"), [(0, 0, 8, 2), (1, 1, 3, 4), (1, 0, 3, 1)]
)
def test_true_ties_follow_the_mode(frac: int, frac_out: int, reach: int, dim: int) -> None:
    """Given values that are a half exactly, when rounded, then each mode breaks the tie."""
    vectors = _naive_ties(frac, frac_out, reach, dim, true=True)
    assert vectors
    up = {
        Rounding.TIES_TO_POS_INF: (1, 0),
        Rounding.TIES_TO_NEG_INF: (0, -1),
        Rounding.TIES_AWAY: (1, -1),
        Rounding.TIES_TO_ZERO: (0, 0),
        Rounding.TIES_TO_EVEN: (0, 0),
        Rounding.TIES_TO_ODD: (1, -1),
    }
    for vector, (rounding, words) in itertools.product(vectors, up.items()):
        x = tensor(f"s8f{frac}", [vector, [-word for word in vector]])
        found = spec_outcome("squash", call(SquashExact(rounding=rounding), f"s9f{frac_out}", x=x))
        assert isinstance(found, Outcome)
        assert (found.outputs["out"].words[0], found.outputs["out"].words[dim]) == words


def test_out_of_range_is_rejected() -> None:
    """Given 1/2, when two fraction bits of s2 must hold it by reject, then it is named."""
    called = call(SquashExact(overflow=Overflow.REJECT), "s2f2", x=tensor("s8f4", [[0], [16]]))
    assert spec_outcome("squash", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 2 is outside s2f2 [-2, 1]"
    )


@pytest.mark.parametrize("check", [Check.FINAL, Check.PER_STEP])
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.WRAP, Overflow.SATURATE_TO_ZERO])
@pytest.mark.parametrize("register", ["s6f4", "u5f4", "s5f4"])
def test_every_small_vector_in_a_narrow_register(
    register: str, overflow: Overflow, check: Check
) -> None:
    """Given all triples of three-bit words, when their register overflows, then as the twin."""
    accumulator = Accumulator(format=Format.parse(register), overflow=overflow, check=check)
    params = SquashIsqrtDivide(accumulator=accumulator, guard=2)
    called = call(params, "s6f5", x=_every_vector(Format(True, 3, 2), 3))
    found = spec_outcome("squash", called)
    assert found == twin_outcome("squash", called)
    assert isinstance(found, Outcome)
    assert found.events["out"][Event.ACCUMULATOR_OVERFLOW].count % 3 == 0


def test_an_overflow_counts_for_every_word_of_its_vector() -> None:
    """Given the second of three vectors beyond its register, then its two words are counted."""
    accumulator = Accumulator(format=Format(True, 8, 8), check=Check.FINAL)
    called = call(
        SquashIsqrtDivide(accumulator=accumulator),
        "s8f7",
        x=tensor("s8f4", [[0, 0], [8, 8], [0, 1]]),
    )
    found = spec_outcome("squash", called)
    assert isinstance(found, Outcome)
    assert found.events["out"][Event.ACCUMULATOR_OVERFLOW] == Count(2, 2)


def test_a_negative_register_is_a_zero_vector() -> None:
    """Given 128 in eight bits that wrap, when its root is taken, then of 0, not of -128."""
    accumulator = Accumulator(format=Format(True, 8, 8), overflow=Overflow.WRAP, check=Check.FINAL)
    called = call(SquashIsqrtDivide(accumulator=accumulator), "s8f7", x=tensor("s8f4", [[8, 8]]))
    assert spec_outcome("squash", called) == Outcome(
        {"out": tensor("s8f7", [[0, 0]])}, {"out": {Event.ACCUMULATOR_OVERFLOW: Count(2, 0)}}
    )


def test_an_exact_register_rejects() -> None:
    """Given an exact register of eight bits, when a sum is 128, then the vector is named."""
    params = SquashIsqrtDivide(accumulator=Accumulator(format=Format(True, 8, 8)))
    called = call(params, "s8f7", x=tensor("s8f4", [[1, 1], [8, 8]]))
    assert spec_outcome("squash", called) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[2]: partial sum 128 is outside the exact accumulator s8f8 [-128, 127]",
    )


@pytest.mark.parametrize(("format", "frac"), [("s8f4", 8), ("s8f-3", 0)])
def test_register_has_the_fraction_of_the_squares(format: str, frac: int) -> None:
    """Given a register with another fraction than the squares, then the call is rejected."""
    x = tensor(format, [[1, 1]])
    for off in (-1, 1):
        accumulator = Accumulator(format=Format(True, 48, frac + off))
        called = call(SquashIsqrtDivide(accumulator=accumulator), "s8f7", x=x)
        assert spec_outcome("squash", called) == Rejected(
            Reason.FORMAT_MISMATCH,
            f"squash out: products have {frac} fraction bits, the accumulator "
            f"s48f{frac + off} has {frac + off}",
        )


def worst_error(algorithm: Any, x: str, out: str) -> int:
    """The largest distance from `exact` in steps, over all pairs of words, parameters fitted."""
    given = Format.parse(x)
    vectors = _every_vector(given, 2)
    fitted = algorithm.fit(given, Format.parse(out), Arithmetic())
    words = []
    for params in (fitted, SquashExact()):
        found = spec_outcome("squash", call(params, out, x=vectors))
        assert isinstance(found, Outcome)
        words.append(found.outputs["out"].words)
    return max(abs(a - b) for a, b in zip(*words, strict=True))


def test_worst_errors_are_those_of_the_page() -> None:
    """Given the page's table of worst errors, when found anew from all pairs, then the same."""
    table = table_with(OPS["squash"], "algorithm", "`s5f3` to `s8f7`")
    columns = [re.findall(r"`(\w+)`", cell) for cell in table.head[1:]]
    assert table.rows == [
        [algorithm.algorithm, *(str(worst_error(algorithm, x, out)) for x, out in columns)]
        for algorithm in OPERATIONS["squash"].algorithms
        if algorithm is not SquashExact
    ]


U8 = Format(False, 8, 8)

EPSILON = "epsilon needs a numerator of at least 0 and a denominator of at least 1"

WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (SquashExact, {"epsilon": (-1, 5)}, f"{EPSILON}, found -1 / 5"),
    (SquashExact, {"epsilon": (1, 0)}, f"{EPSILON}, found 1 / 0"),
    (SquashExact, {"epsilon": (-1, -5)}, f"{EPSILON}, found -1 / -5"),
    (SquashIsqrtDivide, {"guard": -1}, "guard must not be negative, found -1"),
    (
        SquashIsqrtFactor,
        {"guard": -1, "factor_format": U8},
        "guard must not be negative, found -1",
    ),
    (
        SquashIsqrtFactor,
        {
            "factor_format": Format(True, 1, 0),
            "factor_overflow": Overflow.SATURATE_SYMMETRIC,
        },
        "factor_overflow saturate_symmetric needs at least 2 signed bits",
    ),
]


@pytest.mark.parametrize(("algorithm", "fields", "message"), WRONG)
def test_parameters_outside_their_range(
    algorithm: Any, fields: dict[str, Any], message: str
) -> None:
    """Given a field outside its range, when made, then the parameters are rejected."""
    assert rejection_of(lambda: algorithm(**fields)) == Rejected(
        Reason.PARAMETER_INVALID, f"{algorithm.title()}: {message}"
    )


@pytest.mark.parametrize("shape", [(), (3, 0)])
def test_a_vector_has_components(shape: tuple[int, ...]) -> None:
    """Given no last axis, or an empty one, when squashed, then it is rejected."""
    x = Tensor(shape, Format(True, 4, 0), [] if shape else [1])
    assert spec_outcome("squash", call(SquashExact(), "s4f3", x=x)) == Rejected(
        Reason.SHAPE_MISMATCH, f"squash needs a non-empty last axis, found {shape}"
    )
