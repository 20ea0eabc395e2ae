"""The rules by name: their formats from their definitions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.network import predict, run
from fxcaps.quantize import RULES, Range, Subject, calibrate, lower, q7_format, rule_named
from fxcaps.quantize.rules import couplings_of
from fxcaps.real import REAL
from fxcaps.types import Format, Reason
from tests.network.build import ON_ENGINE, small_architecture, small_images, small_network
from tests.support.outcomes import Rejected, rejection_of


@given(
    st.floats(2.0**-200, 2.0**200),
    st.integers(2, 32),
)
def test_q7_is_its_definition(largest: float, width: int) -> None:
    """Given a magnitude, then n is the largest with round(max * 2**n) <= 2**(width - 1)."""
    frac = q7_format(largest, width).frac
    bound = 2 ** (width - 1)
    assert round(Fraction(largest) * Fraction(2) ** frac) <= bound
    assert round(Fraction(largest) * Fraction(2) ** (frac + 1)) > bound


@pytest.mark.parametrize(
    ("largest", "expected"),
    [
        (0.0, "s8f7"),
        (1.0, "s8f7"),  # 128 saturates by one step
        (128.5 / 128, "s8f7"),  # 128.5 rounds to 128, the even one
        (math.nextafter(128.5 / 128, 2), "s8f6"),
        (0.5, "s8f8"),
        (52.68514633178711, "s8f1"),
        (300.0, "s8f-2"),  # 75
        (1e-3, "s8f16"),  # 65.5
    ],
)
def test_q7_of_known_magnitudes(largest: float, expected: str) -> None:
    """Given magnitudes at and around the bound, then the format is the published quantiser's."""
    assert str(q7_format(largest, 8)) == expected


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0.1, "s8f7"), (1.0, "s8f7"), (1.01, "s8f6"), (2.0, "s8f6"), (2.5, "s8f5"), (0.0, "s8f7")],
)
def test_q7_couplings(largest: float, expected: str) -> None:
    """Given couplings, then only the bits of their integer part are taken from the fraction."""
    subject = Subject(width=8, nonnegative=True, coupling=True)
    assert str(RULES["q7"].computed(Range(0.0, largest), subject)) == expected


@pytest.mark.parametrize(
    ("rule", "formats"),
    [
        ("minmax", ("u8f7", "s8f6", "s8f6", "u8f7")),
        ("q7", ("s8f6", "s8f6", "s8f6", "s8f6")),
    ],
)
def test_signs(rule: str, formats: tuple[str, ...]) -> None:
    """Given a tensor that cannot be negative, then it is unsigned by `minmax` alone."""
    seen, chosen = Range(0.0, 1.3), rule_named(rule)
    found = (
        chosen.computed(seen, Subject(width=8, nonnegative=True)),
        chosen.computed(seen, Subject(width=8)),
        chosen.constant(seen, 8),
        chosen.fixed(seen, 8),
    )
    assert tuple(map(str, found)) == formats


def test_couplings_are_known_by_their_role() -> None:
    """Given routing, flat or not, then the tensors that weight votes are its couplings."""
    assert couplings_of(small_architecture()) == {"digit.c0", "digit.c1", "digit.c2"}
    routed = couplings_of(small_architecture(routed=True))
    assert routed == {"primary.coupling", "digit.c0", "digit.c1", "digit.c2"}


def test_a_network_by_q7() -> None:
    """Given a network, when lowered by `q7`, then all words are signed and classes survive."""
    network, images = small_network(), small_images(20)
    ranges = calibrate(network, images, REAL)
    program = lower(network, ranges, width=12, rule=RULES["q7"])
    for name, seen in ranges.items():
        expected = q7_format(seen.largest, 12)
        if name in couplings_of(network):
            expected = Format(True, 12, 11)
        if name not in ("pixels", "class"):
            assert program.tensors[name].format == expected, name
    for name, tensor in network.tensors.items():
        largest = float(np.abs(tensor).max())
        assert program.tensors[name].format == q7_format(largest, 12), name
    found = run(program, images, ON_ENGINE).words["class"]
    assert (found == predict(network, images, REAL)["class"]).mean() >= 0.9


def test_rejects_unknown_rules() -> None:
    """Given a rule that there is not, then the known ones are listed."""
    assert rejection_of(lambda: rule_named("best")) == Rejected(
        Reason.NAME_UNKNOWN, "no rule 'best'; known: minmax, q7, percentile, mse, sqnr"
    )
