"""The quantisers of Q-CapsNets: engine and specification round alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fxcaps.engine.qcapsnets import larger_addends, powers_of_two
from fxcaps.engine.values import shift_words
from fxcaps.ops import find_parameters
from fxcaps.spec.arithmetic import narrow
from fxcaps.spec.qcapsnets import at_least, power_of_two
from fxcaps.strategies import ALGORITHMS, Case, calls
from fxcaps.types import (
    Format,
    Log,
    Overflow,
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    QcapsnetsStochastic,
    RoundingRule,
)
from fxcaps.types.qcapsnets import LARGEST_FRACTION
from tests.engine.batches import assert_equal, on_spec, varied

pytestmark = pytest.mark.exhaustive

RTN, POWERS = QcapsnetsRtn(), QcapsnetsLogarithmic()
RULES: list[RoundingRule] = [RTN, POWERS, QcapsnetsStochastic(key=5, step=1)]

RULED = [pair for pair in ALGORITHMS if find_parameters(*pair).takes_generators()]


@st.composite
def ruled(draw: st.DrawFn, pair: tuple[str, str], bits: int, rule: RoundingRule) -> Case:
    """A call that rounds by a rule, its output of a fraction that the code has."""
    called = draw(calls(*pair, bits))
    out = called.formats["out"]
    assume(out.frac <= LARGEST_FRACTION)
    params: Any = called.params
    formats = {"out": Format(out.signed, out.width, max(out.frac, 0))}
    return called._replace(params=replace(params, rounding=rule), formats=formats)


@pytest.mark.parametrize("pair", RULED, ids="-".join)
def test_calls(pair: tuple[str, str]) -> None:
    """Given any call that rounds by a rule, when run for two images, then rows are the spec's."""

    @given(st.data())
    def check(data: st.DataObject) -> None:
        rule = data.draw(st.sampled_from(RULES))
        called = data.draw(ruled(pair, data.draw(st.sampled_from([4, 8, 16, 32])), rule))
        assert_equal(pair[0], varied(pair[0], called), data.draw(st.integers(0, 99)))

    check()


def test_there_are_such_calls() -> None:
    """Given all operations, then sums, shifts and the real functions round by rules."""
    assert {"add", "conv2d", "quantize", "softmax", "squash", "votes"} <= {op for op, _ in RULED}


@pytest.mark.parametrize("pair", RULED, ids="-".join)
def test_small_calls_are_decided(pair: tuple[str, str]) -> None:
    """Given calls of 8-bit words rounded to nearest, then the engine decides them itself."""
    decided = accepted = 0

    @given(ruled(pair, 8, RTN))
    def check(called: Case) -> None:
        nonlocal decided, accepted
        images = varied(pair[0], called)
        decided += assert_equal(pair[0], images)
        accepted += sum(on_spec(pair[0], image) is not None for image in images)

    check()
    assert accepted > 0
    assert decided >= 0.8 * accepted


@pytest.mark.parametrize("frac", range(5))
@pytest.mark.parametrize("shift", range(-2, 9))
@pytest.mark.parametrize("rule", [RTN, POWERS], ids=lambda rule: rule.kind)
def test_every_short_word(frac: int, shift: int, rule: RoundingRule) -> None:
    """Given all 10-bit values, when shifted, then words and inexactness are the spec's."""
    values = np.arange(-512, 512)[None]
    out = Format(True, 40, frac)
    words, events = shift_words(values, shift, out, rule, Overflow.SATURATE)
    log = Log()
    scale = (1 << max(-shift, 0), 1 << max(shift, 0))
    expected = [
        narrow(value * scale[0], scale[1], out, rule, Overflow.SATURATE, log, k)
        for k, value in enumerate(values[0].tolist())
    ]
    assert words[0].tolist() == expected
    seen = log.events.get("out", {})
    assert events[0, :, 0].sum() == sum(found.count for found in seen.values())


@given(
    st.lists(st.integers(-(1 << 61), 1 << 61), min_size=1, max_size=9),
    st.integers(55, 90),
    st.integers(0, LARGEST_FRACTION),
    st.sampled_from(RULES),
)
def test_far_shifts(values: list[int], shift: int, frac: int, rule: RoundingRule) -> None:
    """Given shifts of 62 bits and more, when rounded by a rule, then it is the spec's word."""
    near = [side << k for side in (1, -1) for k in (0, 30, 56, 60)]
    out, row = Format(True, 50, frac), np.array([*values, *near])[None]
    words, _ = shift_words(row, shift, out, rule, Overflow.SATURATE, 4)
    log = Log(image=4)
    assert words[0].tolist() == [
        narrow(value, 1 << shift, out, rule, Overflow.SATURATE, log, k)
        for k, value in enumerate(row[0].tolist())
    ]


@given(
    st.lists(st.integers(-(1 << 61), 1 << 61), min_size=1, max_size=9),
    st.integers(1, 1 << 70),
    st.integers(0, LARGEST_FRACTION),
)
def test_powers(values: list[int], denominator: int, frac: int) -> None:
    """Given any quotients, when replaced by powers of two, then by those of the specification."""
    found = powers_of_two(np.array([values]), denominator, frac)[0].tolist()
    assert found == [power_of_two(value, denominator, frac) for value in values]


@given(st.integers(0, (1 << 32) - 1), st.integers(0, LARGEST_FRACTION))
def test_addends(drawn: int, frac: int) -> None:
    """Given random bits, when no less than the constant is added, then it is the spec's."""
    words, bits = larger_addends(np.array([[drawn]]), 32, frac)
    assert (int(words[0, 0]), bits) == at_least(drawn, 32, frac)
