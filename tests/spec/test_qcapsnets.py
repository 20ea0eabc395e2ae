"""The quantisers of Q-CapsNets: definitions, twins, page, and the recorded words of its code."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, getcontext
from fractions import Fraction
from math import floor, isqrt
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fxcaps.ops import (
    Arithmetic,
    DynamicRouting,
    Requantize,
    RoutingIteration,
    SoftmaxExact,
    SquashExact,
    find_parameters,
)
from fxcaps.ops.choose import choose
from fxcaps.ops.parameters import decode, encode
from fxcaps.spec.arithmetic import narrow
from fxcaps.spec.qcapsnets import at_least, floor_log2, power_of_two, root_stand_in
from fxcaps.spec.stochastic import random_bits
from fxcaps.strategies import Case, calls
from fxcaps.types import (
    Event,
    Format,
    Log,
    Overflow,
    Philox,
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    QcapsnetsStochastic,
    Reason,
    Rounding,
    RoundingRule,
    Tensor,
)
from fxcaps.types.qcapsnets import LARGEST_FRACTION
from tests.spec.pages import CHAPTERS, table_with
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, spec_outcome, twin_outcome
from tests.twin.qcapsnets import late, logarithmic
from tests.twin.real import Rational, Root
from tests.twin.real import floor as floor_of
from tests.twin.rounding import rounded

PAGE = CHAPTERS["qcapsnets.md"]
RULES = [QcapsnetsRtn(), QcapsnetsLogarithmic()]
FRACTIONS = st.integers(0, LARGEST_FRACTION)
TWINNED = [
    ("add", ""),
    ("affine", ""),
    ("agreement", ""),
    ("conv2d", ""),
    ("conv_votes", ""),
    ("dense", ""),
    ("divide", "exact"),
    ("quantize", ""),
    ("relu", ""),
    ("requantize", ""),
    ("softmax", "exact"),
    ("squash", "exact"),
    ("votes", ""),
    ("weighted_sum", ""),
]


def made(n: int, d: int, frac: int, rule: RoundingRule, **image: int) -> int:
    """The rounded integer of `n / d` steps."""
    log = Log(**image)
    return narrow(n, d, Format(True, 200, frac), rule, Overflow.REJECT, log, 3)


def test_the_page_shows_what_the_rules_make() -> None:
    """Given the page's samples, when rounded by each rule, then its words come out."""
    table = table_with(PAGE, "N", "x in steps")
    assert len(table.rows) >= 12
    for frac, steps, rtn, power in table.rows:
        x = Fraction(steps)
        found = [str(made(*x.as_integer_ratio(), int(frac), rule)) for rule in RULES]
        assert found == [rtn, power], (frac, steps)


def test_the_page_shows_powers_in_integers() -> None:
    """Given the page's integers of QC-4, when made again, then logarithm and word are its."""
    rows = table_with(PAGE, "x in steps", "N", "A").rows
    assert len(rows) == 6
    for steps, n, a, b, logarithm, exponent, word in rows:
        x, frac = Fraction(steps), int(n)
        d = x.denominator
        one = d * 2**frac * 10**8
        assert (int(a), int(b)) == (abs(x.numerator) * 10**8 + d * 2**frac, one)
        assert int(logarithm) == floor_log2(2 * int(a) ** 2, one**2)
        assert int(exponent) == int(logarithm) // 2
        assert int(word) == made(*x.as_integer_ratio(), frac, QcapsnetsLogarithmic())


def test_the_page_shows_random_addends() -> None:
    """Given the page's words of QC-3, when rounded, then random integers and sums are its."""
    rule = QcapsnetsStochastic(key=1, step=3, iteration=2, bits=4)
    rows = table_with(PAGE, "x in steps", "N", "r").rows
    assert len(rows) == 8
    for e, (steps, n, drawn, addend, total, word) in enumerate(rows):
        x, r = Fraction(steps), random_bits(rule, 0, e)
        u = max(Fraction(r, 16), Fraction(1, 2 ** (int(n) + 1)))
        assert (int(drawn), Fraction(addend), Fraction(total)) == (r, u, x + u)
        format, d = Format(True, 200, int(n)), x.denominator
        assert int(word) == narrow(x.numerator, d, format, rule, Overflow.REJECT, Log(), e)


def test_the_page_shows_stand_ins() -> None:
    """Given the page's roots, when made again, then each stand-in is the middle or the root."""
    rows = table_with(PAGE, "A", "D", "k").rows
    assert {row[4] for row in rows} == {"yes", "no"}
    for a, d, k, h, exact, found in rows:
        low = isqrt(int(a) << 2 * int(k)) // int(d)
        whole = (low * int(d)) ** 2 == int(a) << 2 * int(k)
        middle = Fraction(2 * low + (0 if whole else 1), 2 << int(k))
        assert (int(h), exact == "yes", Fraction(found)) == (low, whole, middle)


def test_the_page_shows_the_least_values() -> None:
    """Given the page's thresholds, when one unit on either side is rounded, then it is the edge."""
    for exponent, least in table_with(PAGE, "exponent", "least value").rows:
        value, unit = Fraction(least), Fraction(1, 10**12)
        for x, reached in ((value, True), (value - unit, False)):
            word = power_of_two(*(x * 2**LARGEST_FRACTION).as_integer_ratio(), LARGEST_FRACTION)
            assert (word >= 2 ** (int(exponent) + LARGEST_FRACTION)) == reached, exponent


@given(st.integers(-(1 << 40), 1 << 40), st.integers(1, 1 << 20), FRACTIONS)
def test_rationals_equal_the_twin(n: int, d: int, frac: int) -> None:
    """Given any rational, when rounded by either rule, then it is the twin's integer."""
    x = Rational(Fraction(n, d))
    assert made(n, d, frac, QcapsnetsRtn()) == late(x, frac)
    assert made(n, d, frac, QcapsnetsLogarithmic()) == logarithmic(x, frac)


@pytest.mark.exhaustive
@pytest.mark.parametrize("frac", range(9))
def test_every_sixteenth_bit_word(frac: int) -> None:
    """Given all 13-bit words of 4 fraction bits more, when rounded, then they are the twin's."""
    for word in range(-(1 << 12), 1 << 12):
        x = Rational(Fraction(word, 16))
        found = made(word, 16, frac, QcapsnetsRtn()), made(word, 16, frac, QcapsnetsLogarithmic())
        assert found == (late(x, frac), logarithmic(x, frac))


@given(
    st.integers(0, 1 << 60),
    st.integers(1, 1 << 30),
    FRACTIONS,
    st.booleans(),
    st.sampled_from(RULES),
)
def test_roots_equal_the_twin(
    square: int, divisor: int, frac: int, negative: bool, rule: RoundingRule
) -> None:
    """Given any root by an integer, when its stand-in is rounded, then it is the root's word."""
    n, d = root_stand_in(square, divisor, rule, frac)
    side = -1 if negative else 1
    x = Root(side if square else 0, Fraction(square, divisor**2))
    twin = late if isinstance(rule, QcapsnetsRtn) else logarithmic
    assert made(side * n, d, frac, rule) == twin(x, frac)


@given(st.integers(0, 1 << 60), st.integers(1, 1 << 30), st.sampled_from(Rounding))
def test_roots_by_a_mode(square: int, divisor: int, rounding: Rounding) -> None:
    """Given any root by an integer, when a mode rounds its stand-in, then it rounds the root."""
    n, d = root_stand_in(square, divisor, rounding, 5)
    expected = rounded(Root(1 if square else 0, Fraction(square, divisor**2)), rounding)
    assert (d, made(n, d, 5, rounding)) == (4, expected)


@given(
    st.integers(0, 1 << 60),
    st.integers(1, 1 << 30),
    FRACTIONS,
    st.booleans(),
    st.integers(1, 32),
    st.integers(0, 99),
)
def test_roots_at_random(
    square: int, divisor: int, frac: int, negative: bool, bits: int, image: int
) -> None:
    """Given any root, when its stand-in is rounded at random, then it is floor(root + u)."""
    side = -1 if negative else 1
    x = Root(side if square else 0, Fraction(square, divisor**2))
    least = Fraction(1, 2 ** (frac + 1))
    for rule in (Philox(key=9, bits=bits), QcapsnetsStochastic(key=9, bits=bits)):
        n, d = root_stand_in(square, divisor, rule, frac)
        u = Fraction(random_bits(rule, image, 3), 2**bits)
        u = max(u, least) if isinstance(rule, QcapsnetsStochastic) else u
        assert made(side * n, d, frac, rule, image=image) == floor_of(x, u)


@pytest.mark.parametrize("side", [-1, 0, 1])
@pytest.mark.parametrize("exponent", [0, 3])
def test_a_root_beside_a_bound(exponent: int, side: int) -> None:
    """Given a root within 2**-99 of a bound, when rounded, then precision rises until it tells."""
    bound = (isqrt(2 << 400) * 2**exponent >> 1) * 10**8 - 2**200  # of 2**200 * 10**8
    divisor = 2**200 * 10**8
    square = (bound + side * 2**120) ** 2
    n, d = root_stand_in(square, divisor, QcapsnetsLogarithmic(), 0)
    x = Root(1, Fraction(square, divisor**2))
    assert made(n, d, 0, QcapsnetsLogarithmic()) == logarithmic(x, 0)
    assert logarithmic(x, 0) == (2**exponent if side > 0 else 2**exponent // 2)


def test_a_coupling_beside_a_bound() -> None:
    """Given two logits whose larger coupling is nearly a bound, then precision rises, too."""
    getcontext().prec = 60
    bound = Decimal(2) ** Decimal("-0.5") - Decimal("1e-8")
    distance = int((bound / (1 - bound)).ln() * 2**120)
    for word, power in ((distance - 1, 0), (distance + 2, 1)):
        x = Tensor((2,), Format(True, 130, 120), [word, 0])
        called = Case(SoftmaxExact(rounding=RULES[1]), {"x": x}, {"out": Format(False, 8, 0)})
        found: Any = spec_outcome("softmax", called)
        assert found == twin_outcome("softmax", called)
        assert found.outputs["out"].words == [power, 0]


def test_at_no_fraction_it_is_a_usual_mode() -> None:
    """Given integers as words, when rounded to nearest by the code, then half and above go up."""
    for n in range(-40, 41):
        assert made(n, 8, 0, QcapsnetsRtn()) == made(n, 8, 0, Rounding.TIES_TO_POS_INF)


@pytest.mark.parametrize("frac", range(1, 33))
def test_where_nearest_begins(frac: int) -> None:
    """Given values around the threshold, then only what lacks 2**(-N - 1) of a step goes up."""
    bits = frac + 1
    for floor_, rest in ((-3, 1), (0, 1), (5, 1), (5, 0)):
        value = (floor_ + 1 << bits) - 1 - (1 - rest)
        assert made(value, 1 << bits, frac, QcapsnetsRtn()) == floor_ + rest


@given(
    st.integers(-(1 << 40), 1 << 40),
    st.integers(1, 1 << 20),
    FRACTIONS,
    st.integers(1, 32),
    st.integers(0, 50),
)
def test_stochastic_is_a_generator_with_a_least_addend(
    n: int, d: int, frac: int, bits: int, image: int
) -> None:
    """Given any rational, when rounded at random, then it is floor(x + max(u, 2**(-N - 1)))."""
    rule = QcapsnetsStochastic(key=7, step=2, bits=bits)
    drawn = random_bits(Philox(key=7, step=2, bits=bits), image, 3)
    u = max(Fraction(drawn, 2**bits), Fraction(1, 2 ** (frac + 1)))
    assert made(n, d, frac, rule, image=image) == floor(Fraction(n, d) + u)
    assert Fraction(*_over(at_least(drawn, bits, frac))) == u


def _over(pair: tuple[int, int]) -> tuple[int, int]:
    return pair[0], 1 << pair[1]


@given(st.integers(1, 1 << 70), st.integers(1, 1 << 70))
def test_logarithms(n: int, d: int) -> None:
    """Given a fraction, when its logarithm is floored, then the powers enclose it."""
    k = floor_log2(n, d)
    assert Fraction(2) ** k <= Fraction(n, d) < Fraction(2) ** (k + 1)


@pytest.mark.parametrize(("operation", "algorithm"), TWINNED)
def test_operations_equal_the_twin(operation: str, algorithm: str) -> None:
    """Given any call that rounds by a rule, when computed by both, then they agree."""

    @given(st.data())
    def check(data: st.DataObject) -> None:
        called = data.draw(ruled_case(operation, algorithm, data.draw(st.sampled_from([4, 8, 16]))))
        assert spec_outcome(operation, called) == twin_outcome(operation, called)

    check()


@st.composite
def ruled_case(draw: st.DrawFn, operation: str, algorithm: str, bits: int) -> Case:
    """A call that rounds by one of the rules, its output of a fraction that they have."""
    called = draw(calls(operation, algorithm, bits))
    out = called.formats["out"]
    assume(out.frac <= LARGEST_FRACTION)
    params: Any = called.params
    formats = {"out": Format(out.signed, out.width, max(out.frac, 0))}
    return called._replace(
        params=replace(params, rounding=draw(st.sampled_from(RULES))), formats=formats
    )


@pytest.mark.parametrize("out", ["s8f-1", "s40f33"])
@pytest.mark.parametrize("rule", [*RULES, QcapsnetsStochastic()])
def test_fractions_that_the_code_does_not_have(out: str, rule: Any) -> None:
    """Given a fraction below 0 or above 32, when a rule rounds to it, then it is rejected."""
    x = tensor("s8f4", [1, 2])
    assert spec_outcome("requantize", call(Requantize(rounding=rule), out, x=x)) == Rejected(
        Reason.PARAMETER_INVALID,
        f"requantize out: {rule.kind} makes words of 0 to 32 fraction bits, found {out}",
    )


def test_events() -> None:
    """Given words that a power of two replaces, then every changed word is inexact."""
    x = tensor("s8f4", [0, 3, 8, -3, 100])
    found: Any = spec_outcome("requantize", call(Requantize(rounding=RULES[1]), "s8f4", x=x))
    assert found.outputs["out"].words == [0, 4, 8, -4, 127]
    assert {kind: seen.count for kind, seen in found.events["out"].items()} == {
        Event.INEXACT: 3,
        Event.SATURATED: 1,
    }


@pytest.mark.parametrize("rule", [*RULES, QcapsnetsStochastic(key=3, bits=8)])
def test_rules_in_files(rule: Any) -> None:
    """Given a rule, when written and read, then it is the same; a file says its kind."""
    params = SquashExact(rounding=rule)
    data = encode(params)
    assert data["rounding"]["kind"] == rule.kind
    assert decode(data, find_parameters, "file") == params
    routing = DynamicRouting(iterations=(RoutingIteration(softmax=SoftmaxExact(rounding=rule)),))
    assert decode(encode(routing), find_parameters, "file") == routing


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("truncation", Rounding.FLOOR),
        ("truncation_inplace", Rounding.FLOOR),
        ("round_to_nearest", QcapsnetsRtn()),
        ("round_to_nearest_inplace", Rounding.FLOOR),
        ("logarithmic", QcapsnetsLogarithmic()),
        ("logarithmic_inplace", QcapsnetsLogarithmic()),
    ],
)
def test_names_of_the_code(name: str, rule: object) -> None:
    """Given a quantiser's name in the published code, when translated, then it is this rule."""
    assert Rounding.from_vendor("q-capsnets", name) == rule


def test_a_profile_gives_the_rule_to_the_real_functions() -> None:
    """Given a rule fixed for squash, when chosen, then squash has it; softmax has its mode."""
    rule = QcapsnetsRtn()
    choices = Arithmetic(
        rounding=Rounding.FLOOR,
        algorithms={"squash": "exact", "softmax": "exact"},
        fixed={"squash": {"rounding": rule}},
    )
    x, out = {"x": Format(True, 8, 4)}, {"out": Format(True, 8, 7)}
    assert choose(SquashExact(), x, out, choices) == SquashExact(rounding=rule)
    assert choose(SoftmaxExact(), x, out, choices) == SoftmaxExact(rounding=Rounding.FLOOR)
