"""softmax by table: the sum of exponentials, its reciprocal, and the constant coupling."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given

from fxcaps.ops import (
    OPERATIONS,
    Arithmetic,
    DynamicRouting,
    RoutingIteration,
    SoftmaxConstant,
    SoftmaxExact,
    SoftmaxLut,
    SoftmaxLutReciprocal,
)
from fxcaps.ops.sums import narrowest
from fxcaps.types import (
    Accumulator,
    Check,
    Count,
    Event,
    Format,
    Overflow,
    Reason,
    Rounding,
    Signature,
    Tensor,
)
from tests.support.build import call, tensor
from tests.support.cases import Case, calls
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

SOFTMAX = OPERATIONS["softmax"]

TABLE = SoftmaxLut(
    table=(16, 10, 6, 4, 2, 1, 0), index_frac=1, exp=Format(False, 5, 4), rounding=Rounding.FLOOR
)

INVERSE = SoftmaxLutReciprocal(
    table=TABLE.table,
    index_frac=1,
    exp=Format(False, 5, 4),
    reciprocal=Format(False, 7, 6),
    reciprocal_rounding=Rounding.FLOOR,
    rounding=Rounding.FLOOR,
)


def _register(text: str, check: Check, overflow: Overflow = Overflow.SATURATE) -> Accumulator:
    return Accumulator(format=Format.parse(text), check=check, overflow=overflow)


@pytest.mark.parametrize("algorithm", ["lut_reciprocal", "constant"])
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("softmax", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("softmax", called) == twin_outcome("softmax", called)

    check()


def _every_vector() -> Tensor:
    vectors = list(itertools.product(range(-4, 4), repeat=3))
    return Tensor((len(vectors), 3), Format(True, 3, 1), [word for v in vectors for word in v])


@pytest.mark.exhaustive
@pytest.mark.parametrize("check", [Check.FINAL, Check.PER_STEP])
@pytest.mark.parametrize(
    "overflow",
    [mode for mode in Overflow if mode is not Overflow.REJECT],
)
@pytest.mark.parametrize("params", [TABLE, INVERSE], ids=["lut", "lut_reciprocal"])
def test_every_small_vector(
    params: SoftmaxLut | SoftmaxLutReciprocal, overflow: Overflow, check: Check
) -> None:
    """Given all triples of three-bit logits, when the sum's register is short, as the twin."""
    for width, limit in itertools.product((5, 6), (None, 0, 3)):
        register = _register(f"u{width}f4", check, overflow)
        chosen = replace(params, accumulator=register, largest_distance=limit)
        for vector in itertools.product(range(-4, 4), repeat=3):
            called = call(chosen, "u8f8", x=tensor("s3f1", list(vector)))
            assert spec_outcome("softmax", called) == twin_outcome("softmax", called)


def test_an_overflow_counts_for_the_whole_vector() -> None:
    """Given a sum beyond its register, when divided, then every word of the vector counts it."""
    # 16 + 16 + 2 = 34 into five bits keeps 31; 16 + 0 + 2 = 18 fits
    params = replace(TABLE, accumulator=_register("u5f4", Check.FINAL))
    x = tensor("s8f2", [[0, -64, -8], [8, 8, 0], [8, 8, 0]])
    assert spec_outcome("softmax", call(params, "u8f8", x=x)) == Outcome(
        {"out": tensor("u8f8", [[227, 0, 28], [132, 132, 16], [132, 132, 16]])},
        {"out": {Event.INEXACT: Count(8, 0), Event.ACCUMULATOR_OVERFLOW: Count(6, 3)}},
    )


@pytest.mark.parametrize(
    ("check", "overflow", "text", "total"),
    [
        (Check.FINAL, Overflow.WRAP, "u5f4", 0),
        (Check.FINAL, Overflow.WRAP, "s6f4", -32),
        (Check.PER_STEP, Overflow.SATURATE_TO_ZERO, "u5f4", 0),
    ],
)
def test_a_sum_that_is_no_divisor_is_rejected(
    check: Check, overflow: Overflow, text: str, total: int
) -> None:
    """Given a register that keeps nothing positive of a sum, then the vector is named."""
    params = replace(TABLE, accumulator=_register(text, check, overflow))
    called = call(params, "u8f8", x=tensor("s8f2", [[0, -64], [5, 5]]))
    assert spec_outcome("softmax", called) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        f"out[2]: the sum of exponentials overflowed to {total}, which is no divisor",
    )


def test_an_exact_sum_that_overflows_is_rejected() -> None:
    """Given an exact register, when the second of three entries leaves it, then it is named."""
    params = replace(TABLE, accumulator=_register("u5f4", Check.EXACT))
    called = call(params, "u8f8", x=tensor("s8f2", [[0, -64, -64], [5, 5, 5]]))
    assert spec_outcome("softmax", called) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[3]: partial sum 32 is outside the exact accumulator u5f4 [0, 31]",
    )


def test_the_register_has_the_fraction_of_the_exponentials() -> None:
    """Given a register of another fraction, when guarded, then both are named."""
    params = replace(TABLE, accumulator=_register("u9f0", Check.EXACT))
    assert spec_outcome("softmax", call(params, "u8f8", x=tensor("s8f2", [1]))) == Rejected(
        Reason.FORMAT_MISMATCH,
        "softmax out: products have 4 fraction bits, the accumulator u9f0 has 0",
    )


def test_the_largest_distance_clamps() -> None:
    """Given distances up to 3, when larger ones occur, then they read the same entry."""
    params = replace(TABLE, largest_distance=3)
    # distances 0, 3/4 -> index 1, 64/4 -> 3/4 -> index 1
    called = call(params, "u8f8", x=tensor("s8f2", [3, 0, -61]))
    # 16 / 36, 10 / 36, 10 / 36
    assert spec_outcome("softmax", called) == Outcome(
        {"out": tensor("u8f8", [113, 71, 71])}, {"out": {Event.INEXACT: Count(3, 0)}}
    )


def test_reciprocal_by_hand() -> None:
    """Given a sum of 42/16, when inverted to six bits, then 24/64 for all three entries."""
    # 64 * 16 / 42 = 24.38; 16 * 24 / 4 = 96 and 10 * 24 / 4 = 60 steps of 2**-8, both exact
    called = call(INVERSE, "u8f8", x=tensor("s8f2", [3, 0, 3]))
    assert spec_outcome("softmax", called) == Outcome({"out": tensor("u8f8", [96, 60, 96])}, {})


def test_reciprocal_that_does_not_fit() -> None:
    """Given a reciprocal of 1 in no integer bit, when it rejects, then the vector is named."""
    params = replace(INVERSE, reciprocal=Format(False, 6, 6), reciprocal_overflow=Overflow.REJECT)
    called = call(params, "u8f8", x=tensor("s8f2", [[3, 0], [3, -90]]))
    assert spec_outcome("softmax", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[2]: reciprocal: 64 is outside u6f6 [0, 63]"
    )


def test_fitted_reciprocal_stays_close() -> None:
    """Given s8f4 logits, when fitted, then words are within a step of the exact ones."""
    x, out = Format(True, 8, 4), Format(False, 8, 8)
    params = SoftmaxLutReciprocal.fit(x, out, Arithmetic())
    logits = Tensor((64, 4), x, [(37 * k * k + 11 * k) % 256 - 128 for k in range(256)])
    fitted = spec_outcome("softmax", Case(params, {"x": logits}, {"out": out}))
    exact = spec_outcome("softmax", Case(SoftmaxExact(), {"x": logits}, {"out": out}))
    assert isinstance(fitted, Outcome)
    assert isinstance(exact, Outcome)
    pairs = zip(fitted.outputs["out"].words, exact.outputs["out"].words, strict=True)
    assert max(abs(p - q) for p, q in pairs) == 1


def test_constant() -> None:
    """Given a word, when coupled, then it stands everywhere and nothing happened."""
    called = call(SoftmaxConstant(word=26), "u8f8", x=tensor("s8f4", [[7, -9], [0, 127]]))
    assert spec_outcome("softmax", called) == Outcome(
        {"out": tensor("u8f8", [[26, 26], [26, 26]])}, {}
    )


def test_constant_outside_the_output() -> None:
    """Given a word of nine bits, when eight hold the output, then it is rejected."""
    called = call(SoftmaxConstant(word=256), "u8f8", x=tensor("s8f4", [7]))
    assert spec_outcome("softmax", called) == Rejected(
        Reason.PARAMETER_INVALID, "softmax constant: word 256 is outside out u8f8 [0, 255]"
    )


def test_constant_is_not_fitted() -> None:
    """Given the name of an algorithm without a fit, when configured, then the others are named."""
    arithmetic = Arithmetic(algorithms={"softmax": "constant"})
    found = rejection_of(
        lambda: SOFTMAX.configure(
            SoftmaxExact(), {"x": Format(True, 8, 4)}, {"out": Format(False, 8, 8)}, arithmetic
        )
    )
    assert found.reason is Reason.PARAMETER_INVALID
    assert found.message.startswith("softmax constant does not follow from formats; those that do")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exp": Format(False, 4, 4)}, "table word 16 is outside exp u4f4 [0, 15]"),
        ({"largest_distance": -1}, "largest_distance must not be negative"),
        ({"reciprocal": Format(True, 8, 7)}, "reciprocal must be unsigned, found s8f7"),
    ],
)
def test_parameters_outside_their_set(changes: dict[str, object], message: str) -> None:
    """Given a value outside its set, when made, then it is rejected."""
    assert rejection_of(lambda: replace(INVERSE, **changes)) == Rejected(
        Reason.PARAMETER_INVALID, f"softmax lut_reciprocal: {message}"
    )


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        (TABLE, (0, 48)),
        (replace(TABLE, largest_distance=1), (0, 48)),
        (replace(TABLE, table=(2, 9, 7, 30)), (0, 2 + 30 + 30)),
        # distances up to 7/2 reach the index 7; the clamp to 2 ends at the second entry
        (replace(TABLE, table=(2, 9, 7, 30), largest_distance=1), (0, 2 + 9 + 9)),
    ],
)
def test_interval_is_attained(params: SoftmaxLut, expected: tuple[int, int]) -> None:
    """Given all triples of logits, when summed, then the narrowest register just holds them."""
    x, formats = Signature((3,), Format(True, 3, 1)), {"out": Format(False, 8, 8)}
    assert SOFTMAX.intervals(params, {"x": x}, formats, {}) == {"out": [expected]}
    assert SOFTMAX.product_fractions(params, {"x": x.format}, formats) == {"out": 4}
    needed = narrowest(expected, 4)
    called = [
        call(
            replace(params, accumulator=Accumulator(format=Format(True, needed.width - less, 4))),
            "u8f8",
            x=_every_vector(),
        )
        for less in (0, 1)
    ]
    assert isinstance(spec_outcome("softmax", called[0]), Outcome)
    rejected = spec_outcome("softmax", called[1])
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.ACCUMULATOR_OVERFLOW


def test_algorithms_without_a_sum_have_no_register() -> None:
    """Given the exact and the constant softmax, when asked, then nothing is accumulated."""
    x, formats = Signature((3,), Format(True, 3, 1)), {"out": Format(False, 8, 8)}
    for params in (SoftmaxExact(), SoftmaxConstant(word=1)):
        assert SOFTMAX.accumulators(params) == {}
        assert SOFTMAX.product_fractions(params, {"x": x.format}, formats) == {}
        assert SOFTMAX.intervals(params, {"x": x}, formats, {}) == {}


@pytest.mark.parametrize(("word", "ports"), [(0, {"out"}), (5, {"out"}), (-1, set())])
def test_sign_of_a_constant(word: int, ports: set[str]) -> None:
    """Given a constant, when asked, then only a negative one makes the output signed."""
    found = SOFTMAX.nonnegative(SoftmaxConstant(word=word), {"x": Format(True, 8, 4)})
    assert found == ports


def test_a_routing_may_start_with_a_constant() -> None:
    """Given the word of 1/J in the first iteration, when routed, then as if it were computed."""
    votes = tensor("s8f5", [[[64, -40], [33, 10]], [[90, -20], [-70, 51]]])
    formats = {port: Format.parse("s8f5") for port in ("b0", "s0", "v0", "a0", "b1", "s1", "v1")}
    formats |= {"c0": Format.parse("u8f8"), "c1": Format.parse("u8f8")}
    computed, constant = (
        DynamicRouting(iterations=(RoutingIteration(softmax=softmax), RoutingIteration()))
        for softmax in (SoftmaxExact(), SoftmaxConstant(word=128))
    )
    expected = spec_outcome("dynamic_routing", Case(computed, {"votes": votes}, formats))
    found = spec_outcome("dynamic_routing", Case(constant, {"votes": votes}, formats))
    assert isinstance(found, Outcome)
    assert found == expected
