"""The quantisers of Q-CapsNets alone and its squash, as the published code computed them.

The counts are those of tests/engine/test_recorded.py: words, at a jump, near one, different.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from fxcaps.ops import SquashExact
from fxcaps.profiles import load_profile
from fxcaps.quantize.formats import to_words
from fxcaps.spec import SPEC
from fxcaps.spec.arithmetic import narrow
from fxcaps.spec.qcapsnets import at_least
from fxcaps.types import (
    Format,
    Log,
    Overflow,
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    Rounding,
    RoundingRule,
    Tensor,
)
from tests.support.data import real_file
from tests.support.recorded import COUNTS, METHODS, PROFILES, Floats, Tally, words

RULES: dict[str, RoundingRule] = {
    "truncation": Rounding.FLOOR,
    "round_to_nearest": QcapsnetsRtn(),
    "logarithmic": QcapsnetsLogarithmic(),
}
RANDOM_BITS = 53
"""The code draws doubles: multiples of 2**-53 below 1."""

WIDE = 70
"""Fraction bits that hold every recorded input of squash."""


@cache
def given(file: str) -> dict[str, Floats]:
    """The recorded arrays; skips where they are absent."""
    with np.load(real_file(f"qcapsnets/{file}.npz"), allow_pickle=False) as arrays:
        return dict(arrays)


def rounded(values: Floats, frac: int, rule: RoundingRule) -> list[int]:
    """Words of doubles, each taken as the fraction that it is."""
    out, log = Format(True, 64, frac), Log()
    steps = [Fraction(value) * 2**frac for value in values.tolist()]
    return [
        narrow(*x.as_integer_ratio(), out, rule, Overflow.REJECT, log, k)
        for k, x in enumerate(steps)
    ]


@pytest.mark.parametrize("method", METHODS)
def test_quantisers(method: str, record_property: Callable[[str, object], None]) -> None:
    """Given the recorded doubles, when rounded to 0 to 32 fraction bits, then words are equal."""
    arrays, tally = given("quant_methods"), Tally()
    x = arrays["x_f64"]
    for frac in arrays["Ns"].tolist():
        after = arrays[f"{method}_f64_N{frac}"]
        tally.compare(method, frac, x, after, rounded(x, frac, RULES[method]))
    record_property(f"{method}: words, at a jump, near one, different", tally.counts)
    assert (len(arrays["Ns"]), *tally.counts) == COUNTS["quant_methods", method]


@pytest.mark.parametrize("method", RULES)
def test_weights_in_place(method: str) -> None:
    """Given the same, when quantised as weights by the profile, then words are equal."""
    arrays, constants = given("quant_methods"), load_profile(PROFILES[method]).constants
    x = arrays["x_f64"]
    for frac in arrays["Ns"].tolist():
        found = to_words(x, Format(True, 50, frac), constants.rounding, constants.overflow)
        expected = words(arrays[f"{method}_inplace_f64_N{frac}"], frac)
        np.testing.assert_array_equal(found, expected)


def test_random_numbers(record_property: Callable[[str, object], None]) -> None:
    """Given the recorded random numbers, when they take the place of ours, then words are equal.

    The code goes up where the number p lies below the rest, so that 1 - p less the last of 53
    bits is what is added before the floor.
    """
    arrays, different, compared = given("quant_methods"), [], 0
    for frac in arrays["Ns"].tolist():
        numbers = words(arrays[f"stochastic_p_f64_N{frac}"], RANDOM_BITS).tolist()
        after = words(arrays[f"stochastic_rounding_f64_N{frac}"], frac).tolist()
        in_place = words(arrays[f"stochastic_rounding_inplace_f64_N{frac}"], frac).tolist()
        assert in_place == after
        for x, number, word in zip(arrays["x_f64"].tolist(), numbers, after, strict=True):
            u, bits = at_least((1 << RANDOM_BITS) - 1 - number, RANDOM_BITS, frac)
            n, d = (Fraction(x) * 2**frac).as_integer_ratio()
            found = ((n << bits) + u * d) // (d << bits)
            compared += 1
            if found != word:
                different.append((frac, x, number, found, word))
    record_property("stochastic_rounding: words, different", (compared, len(different)))
    assert (compared, different) == (59_794, [])


def test_squash(record_property: Callable[[str, object], None]) -> None:
    """Given the recorded vectors, when squashed exactly, then doubles are within 3 ulps."""
    arrays = given("squash")
    names = [name.removesuffix(".x") for name in arrays if name.endswith(".x")]
    farthest, compared = 0.0, 0
    for name in names:
        x, expected = arrays[f"{name}.x"], arrays[f"{name}.out"].ravel()
        steps = [int(Fraction(value) * 2**WIDE) for value in x.ravel().tolist()]
        assert [Fraction(step, 2**WIDE) for step in steps] == x.ravel().tolist()
        vectors = Tensor(x.shape, Format(True, WIDE + 6, WIDE), steps)
        out = Format(True, WIDE + 1, WIDE)
        params = SquashExact(rounding=Rounding.TIES_TO_EVEN)
        made = SPEC["squash"](params, {"x": vectors}, {"out": out}, Log())["out"].words
        doubles = np.array([float(Fraction(word, 2**WIDE)) for word in made])
        zero = expected == 0
        assert not doubles[zero].any()
        gaps = np.abs(doubles - expected)[~zero] / np.spacing(np.abs(expected[~zero]))
        farthest = max(farthest, float(gaps.max(initial=0.0)))
        compared += expected.size
    record_property(
        "squash: cases, values, largest error in ulps", (len(names), compared, farthest)
    )
    assert (len(names), compared) == (30, 2739)
    assert farthest <= 3.0
