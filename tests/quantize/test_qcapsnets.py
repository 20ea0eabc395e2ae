"""Weights by the quantisers of Q-CapsNets: equal to the specification on any double."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ldexp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.ops import Arithmetic
from fxcaps.profiles import load_profile
from fxcaps.quantize.formats import to_words
from fxcaps.quantize.qcapsnets import philox_integers
from fxcaps.spec.arithmetic import narrow
from fxcaps.spec.stochastic import random_bits
from fxcaps.types import (
    Format,
    Log,
    Overflow,
    QcapsnetsLogarithmic,
    QcapsnetsStochastic,
    Reason,
    WeightRule,
)
from tests.network.build import random_tensors, small_architecture, small_program
from tests.support.outcomes import Rejected, rejection_of

DOUBLES = (
    st.floats(-2000.0, 2000.0)
    | st.integers(-4096, 4096).map(lambda word: ldexp(word, -9))
    | st.tuples(st.integers(-27, 10), st.floats(0.9, 1.1)).map(
        lambda pair: 2.0 ** (pair[0] - 0.5) * pair[1]
    )
)
WORDS = st.integers(0, (1 << 32) - 1)


def by_spec(values: list[float], format: Format, rule: WeightRule) -> list[int]:
    """Words of doubles, each taken as the fraction that it is."""
    steps = [Fraction(value) * 2**format.frac for value in values]
    return [
        narrow(*x.as_integer_ratio(), format, rule, Overflow.SATURATE, Log(), k)
        for k, x in enumerate(steps)
    ]


@given(st.lists(DOUBLES, max_size=20), st.integers(0, 32), st.integers(2, 50))
def test_powers(values: list[float], frac: int, width: int) -> None:
    """Given any doubles, when quantised to powers of two, then words are the specification's."""
    rule, format = QcapsnetsLogarithmic(), Format(True, width, frac)
    assert to_words(np.array(values), format, rule).tolist() == by_spec(values, format, rule)


def test_powers_around_every_bound() -> None:
    """Given the doubles on both sides of a bound, when quantised, then they part there."""
    rule, format = QcapsnetsLogarithmic(), Format(True, 50, 32)
    for exponent in range(-26, 11):
        bound = 2.0 ** (exponent - 0.5) - 1e-8
        values = [bound]
        for _ in range(6):
            low, high = np.nextafter(values[0], 0.0), np.nextafter(values[-1], np.inf)
            values = [float(low), *values, float(high)]
        found = to_words(np.array(values), format, rule).tolist()
        assert found == by_spec(values, format, rule)
        assert {found[0], found[-1]} == {2 ** (exponent + 31), 2 ** (exponent + 32)}


@given(st.lists(DOUBLES, max_size=20), st.integers(0, 32), st.integers(1, 32), WORDS)
def test_random(values: list[float], frac: int, bits: int, step: int) -> None:
    """Given any doubles, when rounded at random, then words are the specification's."""
    rule, format = QcapsnetsStochastic(key=step, step=step, bits=bits), Format(True, 50, frac)
    assert to_words(np.array(values), format, rule).tolist() == by_spec(values, format, rule)


@given(st.integers(0, (1 << 64) - 1), WORDS, WORDS, st.integers(1, 32), st.integers(0, 40))
def test_random_integers(key: int, step: int, iteration: int, bits: int, size: int) -> None:
    """Given any generator, when drawn, then its integers are the specification's."""
    rule = QcapsnetsStochastic(key=key, step=step, iteration=iteration, bits=bits)
    assert philox_integers(rule, size).tolist() == [random_bits(rule, 0, k) for k in range(size)]


def test_weights_of_a_network_do_not_share_random_bits() -> None:
    """Given the stochastic profile, when a network is lowered, then tensors draw by their order."""
    profile = load_profile("qcapsnets-stochastic")
    program = small_program(width=8, arithmetic=profile)
    network = small_architecture()
    tensors = random_tensors(network)
    rule = profile.constants.rounding
    assert isinstance(rule, QcapsnetsStochastic)
    for number, name in enumerate(network.expected):
        own = replace(rule, step=(1 << 24) + number)
        expected = to_words(tensors[name], program.tensors[name].format, own)
        np.testing.assert_array_equal(program.constants[name], expected)


@pytest.mark.parametrize("rule", [QcapsnetsLogarithmic(), QcapsnetsStochastic()])
def test_fractions_that_the_code_does_not_have(rule: WeightRule) -> None:
    """Given weights above a thousand in few bits, when quantised, then the fraction is refused."""
    weights, format = np.array([1000.0]), Format(True, 8, -3)
    assert rejection_of(lambda: to_words(weights, format, rule)) == Rejected(
        Reason.PARAMETER_INVALID,
        f"constants format: {rule.kind} makes words of 0 to 32 fraction bits, found s8f-3",  # type: ignore[union-attr]
    )
    assert Arithmetic(constant_rounding=rule).constant_rounding == rule
