"""rescale: multiplier and shift, as gemmlowp, TensorFlow Lite and TOSA compute them."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.ops import OPERATIONS, RescaleDouble, RescaleSingle, RescaleTosaDouble
from fxcaps.spec import rescale as room
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome
from tests.twin.rescale import high_mul

ALGORITHMS = [RescaleSingle, RescaleDouble, RescaleTosaDouble]
INT32 = Format(True, 32, 0)


@pytest.mark.parametrize("algorithm", [cls.algorithm for cls in ALGORITHMS])
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("rescale", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("rescale", called) == twin_outcome("rescale", called)

    check()


@pytest.mark.parametrize("cls", ALGORITHMS)
@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
def test_every_small_word(cls: Any, overflow: Overflow) -> None:
    """Given all words of two bits to five, when scaled by every shift, then as the twin."""
    for shift in range(cls.least_shift, 63):
        x = Format(True, min(5, shift + 1), 3)
        words = Tensor((1 << x.width,), x, range(x.min, x.max + 1))
        for multiplier in {0, 1, 5, 3 << 29, INT32.max, -7, INT32.min}:
            if multiplier >= cls.least_multiplier:
                params = cls(multiplier=(multiplier,), shift=(shift,), overflow=overflow)
                called = Case(params, {"x": words}, {"out": Format(True, 4, 3)})
                assert spec_outcome("rescale", called) == twin_outcome("rescale", called)


@pytest.mark.parametrize("bits", [3, 5, 8])
def test_nudge_and_truncation_are_a_floor(bits: int) -> None:
    """Given all pairs of words, when gemmlowp's nudge is cut off, then it is one floor.

    The nudge depends on the product's sign and C's division cuts towards zero; both together
    are floor((a * b + half) / 2**(bits - 1)), the corner of two smallest words apart.
    """
    words = range(-(1 << (bits - 1)), 1 << (bits - 1))
    largest = words[-1]
    for a, b in itertools.product(words, repeat=2):
        floor = (a * b + (1 << (bits - 2))) >> (bits - 1)
        assert high_mul(a, b, bits) == min(floor, largest)
        assert floor <= largest or a == b == words[0]


@given(st.integers(INT32.min, INT32.max), st.integers(INT32.min, INT32.max))
def test_nudge_and_truncation_are_a_floor_in_32_bits(a: int, b: int) -> None:
    """Given any two 32-bit words, when gemmlowp multiplies them, then it is the same floor."""
    assert high_mul(a, b) == min((a * b + (1 << 30)) >> 31, INT32.max)


@pytest.mark.parametrize("bits", [3, 4, 6])
def test_tosa_is_double_where_a_high_half_is_dropped(
    monkeypatch: pytest.MonkeyPatch, bits: int
) -> None:
    """Given registers of few bits and every word, multiplier and shift, then both are equal.

    From the shift of the high half on TOSA's formula is `double`; below, and there, it is
    `single`. Where `double` accepts a word shifted left it is `single` as well.
    """
    register, high = Format(True, bits, 0), bits - 1
    monkeypatch.setattr(room, "REGISTER", register)
    monkeypatch.setattr(room, "HIGH", high)
    words = range(register.min, register.max + 1)
    for word, multiplier in itertools.product(words, range(register.max + 1)):
        for shift in range(2, 2 * high + 3):
            tosa = room._tosa_double(word, multiplier, shift)
            if shift <= high:
                assert tosa == room._single(word, multiplier, shift)
            if shift >= high or register.contains(word << (high - shift)):
                assert tosa == room._double(word, multiplier, shift)


def test_one_rounding_and_two_differ() -> None:
    """Given products near a tie, when rounded once or twice, then the words show which it was."""
    x = tensor("s32f0", [2, 3, -2, -3, -6])
    scale: dict[str, Any] = {"multiplier": ((1 << 30) - 1,), "shift": (32,)}
    single = spec_outcome("rescale", call(RescaleSingle(**scale), "s8f0", x=x))
    double = spec_outcome("rescale", call(RescaleDouble(**scale), "s8f0", x=x))
    inexact = {"out": {Event.INEXACT: Count(5, 0)}}
    # 3/4 less a little; two of them, rounded to one before, are a tie after
    assert single == Outcome({"out": tensor("s8f0", [0, 1, 0, -1, -1])}, inexact)
    assert double == Outcome({"out": tensor("s8f0", [1, 1, -1, -1, -2])}, inexact)
    assert spec_outcome("rescale", call(RescaleTosaDouble(**scale), "s8f0", x=x)) == double


def test_two_smallest_words_saturate() -> None:
    """Given -2**31 twice, when the high half is taken, then it is 2**31 - 1 before the rest."""
    x = tensor("s32f0", [INT32.min])
    for shift, double, single in ((31, INT32.max, 1 << 31), (32, 1 << 30, 1 << 30)):
        scale: dict[str, Any] = {"multiplier": (INT32.min,), "shift": (shift,)}
        found = spec_outcome("rescale", call(RescaleDouble(**scale), "s40f0", x=x))
        assert found == Outcome({"out": tensor("s40f0", [double])}, {})
        found = spec_outcome("rescale", call(RescaleSingle(**scale), "s40f0", x=x))
        assert found == Outcome({"out": tensor("s40f0", [single])}, {})


def quantized(real: float) -> tuple[int, int]:
    """Multiplier and shift of TensorFlow Lite's QuantizeMultiplier, shift counted to the right."""
    mantissa, exponent = math.frexp(real)
    return math.floor(abs(mantissa) * 2**31 + 0.5) * (1 if real >= 0 else -1), 31 - exponent


@pytest.mark.parametrize("cls", ALGORITHMS)
@pytest.mark.parametrize(
    ("word", "real", "expected"),
    [
        (0, 0.1, 0),
        (10000, 0.00097656, 10),
        (10000, -0.00097656, -10),
        (-10000, 0.00097656, -10),
        (-10000, -0.00097656, 10),
        (INT32.min, 0.00001, -21475),
        (INT32.min, -0.00001, 21475),
        (INT32.max, 0.00001, 21475),
        (INT32.max, -0.00001, -21475),
    ],
)
def test_expectations_of_tensorflow_lite(cls: Any, word: int, real: float, expected: int) -> None:
    """Given the cases of TensorFlow Lite's quantization_util_test, then its results."""
    multiplier, shift = quantized(real)
    if multiplier >= cls.least_multiplier:
        params = cls(multiplier=(multiplier,), shift=(shift,))
        found = spec_outcome("rescale", call(params, "s32f0", x=tensor("s32f0", [word])))
        assert isinstance(found, Outcome)
        assert list(found.outputs["out"].words) == [expected]


def test_wide_words_of_tensorflow_lite() -> None:
    """Given its cases of 48-bit words and their 16-bit multiplier, when scaled, its results."""
    multiplier, shift = quantized(0.00001)
    reduced = (multiplier + (1 << 15)) >> 16
    params = RescaleSingle(multiplier=(reduced,), shift=(shift - 16,))
    x = tensor("s48f0", [-(1 << 47), (1 << 47) - 1])
    found = spec_outcome("rescale", call(params, "s32f0", x=x))
    assert isinstance(found, Outcome)
    assert list(found.outputs["out"].words) == [-1407385600, 1407385600]


def test_average_of_four_as_tosa_pools() -> None:
    """Given TOSA's reciprocal of 4, when sums are scaled, then ties go towards plus infinity."""
    params = RescaleSingle(multiplier=((1 << 30) + 1,), shift=(32,))
    x = tensor("s32f0", [0, 4, 10, -10, 14, -14, 508, -512])
    found = spec_outcome("rescale", call(params, "s8f0", x=x))
    assert isinstance(found, Outcome)
    assert list(found.outputs["out"].words) == [0, 1, 3, -3, 4, -4, 127, -128]


def test_channels_lie_on_the_last_axis() -> None:
    """Given two entries, when a matrix is scaled, then each column has its own."""
    params = RescaleSingle(multiplier=(1, 3), shift=(1, 2))
    found = spec_outcome("rescale", call(params, "s8f2", x=tensor("s8f2", [[4, 4], [-6, 8]])))
    assert found == Outcome({"out": tensor("s8f2", [[2, 3], [-3, 6]])}, {})


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_channels_must_fit(shape: tuple[int, ...]) -> None:
    """Given two entries and no axis of two at the end, when scaled, then rejected."""
    params = RescaleSingle(multiplier=(1, 3), shift=(1, 2))
    x = Tensor(shape, Format(True, 8, 0), [0] * math.prod(shape))
    assert spec_outcome("rescale", call(params, "s8f0", x=x)) == Rejected(
        Reason.SHAPE_MISMATCH, f"rescale: parameters of 2 channels do not fit shape {shape}"
    )


def test_formats_have_one_fraction() -> None:
    """Given an output of another fraction, when scaled, then rejected: words are scaled."""
    params = RescaleSingle(multiplier=(1,), shift=(1,))
    assert spec_outcome("rescale", call(params, "s8f3", x=tensor("s8f2", [1]))) == Rejected(
        Reason.FORMAT_MISMATCH,
        "rescale scales words: out must have 2 fraction bits like x s8f2, found s8f3",
    )


@pytest.mark.parametrize(
    ("params", "fits", "exceeds", "left"),
    [
        (RescaleDouble(multiplier=(1,), shift=(31,)), "s32f0", "s33f0", 0),
        (RescaleDouble(multiplier=(1,), shift=(40,)), "u31f0", "u32f0", 0),
        (RescaleDouble(multiplier=(1, 1), shift=(40, 28)), "s29f0", "s30f0", 3),
        (RescaleDouble(multiplier=(1,), shift=(1,)), "u1f0", "u2f0", 30),
        (RescaleTosaDouble(multiplier=(1,), shift=(2,)), "s32f0", "u32f0", 0),
    ],
)
def test_registers_have_32_bits(params: Any, fits: str, exceeds: str, left: int) -> None:
    """Given words that an int32 cannot hold, when scaled by a foreign register, then rejected."""
    words = [0] * params.channels
    kept = spec_outcome("rescale", call(params, fits, x=tensor(fits, words)))
    assert not isinstance(kept, Rejected)
    assert spec_outcome("rescale", call(params, exceeds, x=tensor(exceeds, words))) == Rejected(
        Reason.FORMAT_MISMATCH,
        f"rescale {params.algorithm}: words of {exceeds}, shifted left by {left}, exceed a "
        "signed register of 32 bits",
    )


def test_result_out_of_range_is_rejected() -> None:
    """Given 8 in four bits, when overflow is reject, then the word is named."""
    params = RescaleSingle(multiplier=(1,), shift=(1,), overflow=Overflow.REJECT)
    assert spec_outcome("rescale", call(params, "s4f0", x=tensor("s8f0", [14, 15]))) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 8 is outside s4f0 [-8, 7]"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: RescaleSingle(multiplier=(1, 2), shift=(3,)),
            "rescale single: needs as many multipliers as shifts and at least one, found 2 and 1",
        ),
        (
            lambda: RescaleDouble(multiplier=(), shift=()),
            "rescale double: needs as many multipliers as shifts and at least one, found 0 and 0",
        ),
        (
            lambda: RescaleSingle(multiplier=(1, 1 << 31), shift=(3, 3)),
            "rescale single: multiplier must be -2147483648 to 2147483647, found 2147483648",
        ),
        (
            lambda: RescaleDouble(multiplier=(-(1 << 31) - 1,), shift=(3,)),
            "rescale double: multiplier must be -2147483648 to 2147483647, found -2147483649",
        ),
        (
            lambda: RescaleTosaDouble(multiplier=(-1,), shift=(3,)),
            "rescale tosa_double: multiplier must be 0 to 2147483647, found -1",
        ),
        (
            lambda: RescaleSingle(multiplier=(1,), shift=(0,)),
            "rescale single: shift must be 1 to 62, found 0",
        ),
        (
            lambda: RescaleDouble(multiplier=(1, 1), shift=(62, 63)),
            "rescale double: shift must be 1 to 62, found 63",
        ),
        (
            lambda: RescaleTosaDouble(multiplier=(1,), shift=(1,)),
            "rescale tosa_double: shift must be 2 to 62, found 1",
        ),
    ],
)
def test_parameters_outside_their_set(make: Any, message: str) -> None:
    """Given a multiplier or shift that the kernels do not take, when made, then rejected."""
    assert rejection_of(make) == Rejected(Reason.PARAMETER_INVALID, message)


def test_signs() -> None:
    """Given unsigned words, when a multiplier is negative, then the result can be."""
    unsigned, signed = Format(False, 8, 0), Format(True, 8, 0)
    for multiplier, x, ports in ((0, unsigned, {"out"}), (-1, unsigned, set()), (1, signed, set())):
        params = RescaleSingle(multiplier=(1, multiplier), shift=(1, 1))
        assert OPERATIONS["rescale"].nonnegative(params, {"x": x}) == ports
