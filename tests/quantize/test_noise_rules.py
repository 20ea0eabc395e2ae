"""Rules: formats against brute force on the values themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.quantize import (
    RULES,
    MinMax,
    Mse,
    Observation,
    Percentile,
    Range,
    Rule,
    Sqnr,
    Subject,
    minmax_format,
    quantize_network,
    register_rule,
    rule_named,
    to_words,
)
from fxcaps.quantize.rules import at_bound, bound
from fxcaps.real import REAL
from fxcaps.types import Format, Reason
from tests.network.build import small_images, small_network
from tests.support.outcomes import Rejected, rejection_of


def seen(values: np.ndarray) -> Observation:
    """What calibration sees of values."""
    return Observation.of(values, "x")


HEAVY = np.append(np.random.default_rng(3).normal(0.0, 0.5, 100_000), [60.0, -55.0])
"""Two values far out; the others are below 4."""

FLAT = np.random.default_rng(4).uniform(-1.0, 1.0, 100_000)


def errors(values: np.ndarray, format: Format) -> tuple[float, float]:
    """Squared errors of rounding and of clipping, from the words."""
    error = (to_words(values, format) * float(format.step) - values) ** 2
    step = float(format.step)
    outside = (values > format.max * step) | (values < format.min * step)
    return float(error[~outside].sum()), float(error[outside].sum())


@pytest.mark.parametrize("width", [3, 4, 5, 6, 8, 10])
@pytest.mark.parametrize("gamma", [0.5, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("values", [HEAVY, FLAT, np.abs(HEAVY)], ids=["heavy", "flat", "positive"])
def test_least_noise_is_that_of_words(width: int, gamma: float, values: np.ndarray) -> None:
    """Given values, when the least noise is chosen, then no other bound has less on the words."""
    nonnegative = bool(values.min() >= 0)
    rule: Rule = Mse() if gamma == 1.0 else Sqnr(gamma=gamma)
    found = rule.computed(seen(values), Subject(width=width, nonnegative=nonnegative))
    assert (found.width, found.signed) == (width, not nonnegative)
    noise = {
        exponent: np.dot(errors(values, at_bound(found, exponent)), (1.0, gamma))
        for exponent in range(-8, 12)
    }
    # the histogram knows values to 1 part in 32: bounds of equal noise may stand for each other
    assert noise[bound(found)] <= 1.02 * min(noise.values())


def test_clipping_pays_for_heavy_tails_alone() -> None:
    """Given values with and without a tail, when 6 bits are chosen, then only tails are clipped."""
    heavy, flat = seen(HEAVY), seen(FLAT)
    assert bound(minmax_format(heavy.largest, 6, signed=True)) == 6
    assert bound(Mse().constant(heavy, 6)) <= 4
    assert bound(Sqnr(gamma=100.0).constant(heavy, 6)) > bound(Mse().constant(heavy, 6))
    assert Mse().constant(flat, 6) == MinMax().constant(flat, 6) == Format.parse("s6f5")


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 0.9999, 1.0])
def test_percentile_is_its_definition(share: float) -> None:
    """Given a share, when a bound is chosen, then it holds that share, and half of it does not."""
    found = bound(Percentile(share=share).constant(seen(HEAVY), 8))
    beyond = [(np.abs(HEAVY) >= 2.0**k).mean() for k in (found, found - 1)]
    assert beyond[0] <= 1 - share + 1e-12 < beyond[1]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30), st.floats(0.01, 1.0))
def test_percentile_of_any_values(values: list[float], share: float) -> None:
    """Given any values, when a bound is chosen, then no more than the rest lie at or beyond it."""
    array = np.array(values)
    found = bound(Percentile(share=share).constant(seen(array), 8))
    # zeros and what is as good as zero ask for no bound
    if (np.abs(array) >= 2.0**-1021).any():
        assert (np.abs(array) >= 2.0**found).sum() <= (1 - share) * len(array) + 1e-9


def test_percentile_at_the_bound() -> None:
    """Given a largest value that is a power of two, when none may be clipped, then one more bit."""
    array = np.array([1.0, -0.25, 0.5])
    assert MinMax().constant(seen(array), 8) == Format.parse("s8f7")
    assert Percentile(share=1.0).constant(seen(array), 8) == Format.parse("s8f6")
    assert Percentile(share=0.6).constant(seen(array), 8) == Format.parse("s8f7")


@pytest.mark.parametrize("name", ["minmax", "percentile", "mse", "sqnr"])
def test_zeros_need_no_fraction(name: str) -> None:
    """Given zeros, when a format is chosen, then integers, by every rule."""
    zeros = seen(np.zeros(5))
    assert rule_named(name).constant(zeros, 6) == Format.parse("s6f0")
    assert rule_named(name).computed(zeros, Subject(width=6, nonnegative=True)) == Format.parse(
        "u6f0"
    )


@pytest.mark.parametrize("name", ["minmax", "percentile", "mse", "sqnr"])
def test_fixed_constants_are_held(name: str) -> None:
    """Given the coupling 1/32, when a format is chosen, then it is a word, by every rule."""
    format = rule_named(name).fixed(seen(np.full((1, 1), 1 / 32)), 6)
    assert (1 / 32) / float(format.step) in range(1, format.max + 1)


def test_names_and_parameters() -> None:
    """Given rules, when written, then parameters stand beside the name."""
    assert [str(rule) for rule in RULES.values()] == [
        "minmax",
        "q7",
        "percentile(share=0.9999)",
        "mse",
        "sqnr(gamma=3.0)",
    ]
    program = quantize_network(small_network(), small_images(4), REAL, rule=Percentile(share=0.9))
    assert program.origin["rule"] == "percentile(share=0.9)"


def test_rejects_parameters_and_ranges() -> None:
    """Given senseless parameters, or a range without a histogram, when used, then rejected."""
    assert rejection_of(lambda: Percentile(share=1.5)) == Rejected(
        Reason.PARAMETER_INVALID, "percentile share must be above 0 and at most 1, found 1.5"
    )
    assert rejection_of(lambda: Sqnr(gamma=-1.0)) == Rejected(
        Reason.PARAMETER_INVALID, "sqnr gamma must be above 0, found -1.0"
    )
    assert rejection_of(lambda: Mse().constant(Range(-1.0, 1.0), 8)) == Rejected(
        Reason.DATA_INVALID, "the rule mse needs histograms: calibrate, not ranges alone"
    )
    assert rejection_of(lambda: rule_named("median")) == Rejected(
        Reason.NAME_UNKNOWN,
        "no rule 'median'; known: minmax, q7, percentile, mse, sqnr",
    )


def test_a_rule_of_someone_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a registered rule, when named, then it chooses; a name is given once."""
    monkeypatch.setattr("fxcaps.quantize.rules.RULES", dict(RULES))

    class Wide(MinMax):
        name = "wide"

        def choose(self, seen: Range, width: int, *, signed: bool) -> Format:
            return at_bound(minmax_format(seen.largest, width, signed=signed), 10)

    register_rule(Wide())
    program = quantize_network(small_network(), small_images(4), REAL, rule="wide")
    assert program.tensors["conv"].format == Format.parse("u8f-2")
    assert rejection_of(lambda: register_rule(Wide())) == Rejected(
        Reason.PARAMETER_INVALID, "a rule named wide is registered already"
    )
