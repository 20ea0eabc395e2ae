"""softmax by powers of two and by products of tables, the reconstructions."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import Arithmetic, SoftmaxB2, SoftmaxExact, SoftmaxLnu, SoftmaxTaylor
from fxcaps.ops.exponential import logarithm_constants
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
from tests.support.build import call, tensor
from tests.support.cases import Case, calls
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

B2 = SoftmaxB2(log_frac=4, exp=Format(False, 7, 6))
LNU = SoftmaxLnu(log_frac=4, exp=Format(False, 7, 6), log2_e=369, ln_2=177, constant_frac=8)
TAYLOR = SoftmaxTaylor(
    integers=(64, 24, 9, 3, 1, 0),
    fractions=(64, 50, 39, 30),
    table_frac=6,
    exp=Format(False, 7, 6),
)
ALL = [B2, LNU, TAYLOR]
NAMES = [params.algorithm for params in ALL]


@pytest.mark.parametrize("algorithm", NAMES)
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("softmax", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("softmax", called) == twin_outcome("softmax", called)

    check()


@pytest.mark.exhaustive
@pytest.mark.parametrize("rounding", [Rounding.FLOOR, Rounding.TIES_TO_EVEN, Rounding.CEIL])
@pytest.mark.parametrize("params", ALL, ids=NAMES)
def test_every_small_vector(
    params: SoftmaxB2 | SoftmaxLnu | SoftmaxTaylor, rounding: Rounding
) -> None:
    """Given all pairs of four-bit and triples of three-bit logits, then as the twin."""
    fractions = ((-1, 4), (0, 8), (3, 5), (6, 2), (2, -1))
    for (width, dim), (frac, frac_out) in itertools.product(((4, 2), (3, 3)), fractions):
        format = Format(True, width, frac)
        vectors = list(itertools.product(range(format.min, format.max + 1), repeat=dim))
        words = [word for vector in vectors for word in vector]
        x = Tensor((len(vectors), dim), format, words)
        called = call(replace(params, rounding=rounding), f"u9f{frac_out}", x=x)
        assert spec_outcome("softmax", called) == twin_outcome("softmax", called)


def test_powers_of_two_are_exact_in_base_two() -> None:
    """Given whole distances that sum to a power of two, when coupled by b2, then exactly."""
    # 1 + 1/2 + 1/4 + 1/4 = 2
    called = call(B2, "u8f8", x=tensor("s8f4", [[64, 48, 32, 32], [5, 5, 5, 5]]))
    assert spec_outcome("softmax", called) == Outcome(
        {"out": tensor("u8f8", [[128, 64, 32, 32], [64, 64, 64, 64]])}, {}
    )


def test_straight_lines_between_powers() -> None:
    """Given three equal logits, when coupled by b2, then 2**-1.5 is taken as 0.375, not 1/3."""
    called = call(B2, "u8f8", x=tensor("s8f4", [7, 7, 7]))
    assert spec_outcome("softmax", called) == Outcome({"out": tensor("u8f8", [96] * 3)}, {})


def test_whole_exponents_go_down() -> None:
    """Given a distance of 1/16 in base e, when made an exponent, then floored to -2/16."""
    # -369/4096 to sixteenths: -2; 1 + 14/16 at 2**-1: 60; T = 124: w = 6, k - 1 = 60/64
    called = call(LNU, "u12f12", x=tensor("s8f4", [1, 0]))
    # l = 15; ln: 15 * 177 >> 8 = 10; -10 * 369 >> 8 = -15, -11 * 369 >> 8 = -16
    # one half times 17/16, and one half
    assert spec_outcome("softmax", called) == Outcome({"out": tensor("u12f12", [2176, 2048])}, {})


def test_products_by_hand() -> None:
    """Given a distance of 1 + 1/4 + 1/8, when a word is made, then 24 50 7/8 / 64 floored."""
    # 24 * 50 * 7 / 8 / 64 = 16.4; 16 and 64 of 80
    called = call(TAYLOR, "u8f8", x=tensor("s8f3", [11, 0]))
    assert spec_outcome("softmax", called) == Outcome(
        {"out": tensor("u8f8", [205, 51])}, {"out": {Event.INEXACT: Count(2, 0)}}
    )


@pytest.mark.parametrize("params", ALL, ids=NAMES)
def test_far_logits_are_never_taken_for_zero(
    params: SoftmaxB2 | SoftmaxLnu | SoftmaxTaylor,
) -> None:
    """Given a distance of 2**70, when rounded up, then a power is a step and a product is 0."""
    x = tensor("s8f-64", [64, 0])
    found = spec_outcome("softmax", call(replace(params, rounding=Rounding.CEIL), "u9f8", x=x))
    assert isinstance(found, Outcome)
    assert list(found.outputs["out"].words) == [256, 0 if params is TAYLOR else 1]
    assert found == twin_outcome(
        "softmax", call(replace(params, rounding=Rounding.CEIL), "u9f8", x=x)
    )


@pytest.mark.parametrize("params", ALL, ids=NAMES)
def test_an_overflow_counts_for_the_whole_vector(
    params: SoftmaxB2 | SoftmaxLnu | SoftmaxTaylor,
) -> None:
    """Given a register that three words of one leave, then all three count it."""
    register = Accumulator(
        format=Format(False, 7, 6), overflow=Overflow.SATURATE, check=Check.FINAL
    )
    called = call(replace(params, accumulator=register), "u9f8", x=tensor("s8f3", [5, 5, 5]))
    found = spec_outcome("softmax", called)
    assert isinstance(found, Outcome)
    assert found.events["out"][Event.ACCUMULATOR_OVERFLOW] == Count(3, 0)
    assert found == twin_outcome("softmax", called)
    wrapping = replace(register, format=Format(False, 6, 6), overflow=Overflow.WRAP)
    called = call(replace(params, accumulator=wrapping), "u9f8", x=tensor("s8f3", [5, 5, 5]))
    assert spec_outcome("softmax", called) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[0]: the sum of exponentials overflowed to 0, which is no divisor",
    )


@pytest.mark.parametrize(("algorithm", "worst"), [(SoftmaxLnu, 21), (SoftmaxTaylor, 1)])
def test_fitted_parameters_stay_close(
    algorithm: type[SoftmaxLnu | SoftmaxTaylor], worst: int
) -> None:
    """Given s8f4 logits, when fitted, then words are as far from exact as the method is."""
    x, out = Format(True, 8, 4), Format(False, 8, 8)
    logits = Tensor((64, 4), x, [(37 * k * k + 11 * k) % 256 - 128 for k in range(256)])
    params = algorithm.fit(x, out, Arithmetic())
    fitted = spec_outcome("softmax", Case(params, {"x": logits}, {"out": out}))
    exact = spec_outcome("softmax", Case(SoftmaxExact(), {"x": logits}, {"out": out}))
    assert isinstance(fitted, Outcome)
    assert isinstance(exact, Outcome)
    pairs = zip(fitted.outputs["out"].words, exact.outputs["out"].words, strict=True)
    assert max(abs(p - q) for p, q in pairs) == worst


@pytest.mark.parametrize("frac_out", [-5, 0, 1, 7, 8, 13, 20])
def test_fitted_formats(frac_out: int) -> None:
    """Given any output, when fitted, then modes are taken over and two bits are kept below."""
    arithmetic = Arithmetic(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    frac = max(1, min(frac_out + 2, 15))
    for algorithm in (SoftmaxB2, SoftmaxLnu, SoftmaxTaylor):
        fitted = algorithm.fit(Format(True, 8, 4), Format(False, 8, frac_out), arithmetic)
        assert (fitted.rounding, fitted.overflow) == (Rounding.FLOOR, Overflow.WRAP)
        assert fitted.exp == Format(False, frac + 1, frac)


@pytest.mark.parametrize(
    ("frac", "words"), [(0, (1, 1)), (8, (369, 177)), (30, (1549082005, 744261118))]
)
def test_constants(frac: int, words: tuple[int, int]) -> None:
    """Given fraction bits, when asked, then the words of log2(e) and ln(2) are the nearest."""
    assert logarithm_constants(frac) == words


@pytest.mark.parametrize(
    ("params", "changes", "message"),
    [
        (B2, {"log_frac": -1}, "softmax b2: log_frac must not be negative"),
        (B2, {"exp": Format(False, 6, 6)}, "softmax b2: exp u6f6 does not hold one"),
        (B2, {"exp": Format(False, 6, -1)}, "softmax b2: exp u6f-1 does not hold one"),
        (LNU, {"log2_e": 0}, "softmax lnu: log2_e and ln_2 must be positive"),
        (LNU, {"ln_2": -4}, "softmax lnu: log2_e and ln_2 must be positive"),
        (LNU, {"constant_frac": -1}, "softmax lnu: constant_frac must not be negative"),
        (TAYLOR, {"table_frac": -1}, "softmax taylor: table_frac must not be negative"),
        (TAYLOR, {"integers": ()}, "softmax taylor: integers[0] must be one, 64"),
        (TAYLOR, {"fractions": (63, 5)}, "softmax taylor: fractions[0] must be one, 64"),
        (TAYLOR, {"integers": (64, 65)}, "softmax taylor: integers word 65 is outside [0, 64]"),
        (
            TAYLOR,
            {"fractions": (64, 50, 40)},
            "softmax taylor: the number of fractions must be a power of two, found 3",
        ),
    ],
)
def test_parameters_outside_their_set(
    params: SoftmaxB2 | SoftmaxLnu | SoftmaxTaylor, changes: dict[str, Any], message: str
) -> None:
    """Given a value outside its set, when made, then it is rejected."""
    assert rejection_of(lambda: replace(params, **changes)) == Rejected(
        Reason.PARAMETER_INVALID, message
    )
