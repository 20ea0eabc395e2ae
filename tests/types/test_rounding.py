"""Rounding modes and the names that vendors give them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fxcaps.types import Reason, Rounding
from fxcaps.types.rounding import VENDOR_ROUNDING
from tests.support.outcomes import Rejected, rejection_of
from tests.twin.real import Rational
from tests.twin.rounding import rounded

NAMES = {
    "floor",
    "ceil",
    "toward_zero",
    "away_from_zero",
    "ties_to_pos_inf",
    "ties_to_neg_inf",
    "ties_away",
    "ties_to_zero",
    "ties_to_even",
    "ties_to_odd",
    "jam",
}


def test_names_are_the_published_ones() -> None:
    """Given the modes, when named, then the names of parameter files stay as they are."""
    assert {mode.value for mode in Rounding} == NAMES


def test_modes_differ() -> None:
    """Given halves and quarters of both signs, when rounded, then no two modes agree on all."""
    quarters = [Fraction(n, 4) for n in range(-14, 15)]
    results = {
        mode: tuple(rounded(Rational(value), mode) for value in quarters) for mode in Rounding
    }
    assert len(set(results.values())) == len(Rounding)


@pytest.mark.parametrize(
    ("vendor", "name", "mode"),
    [
        ("ap", "AP_TRN", Rounding.FLOOR),
        ("ap", "AP_TRN_ZERO", Rounding.TOWARD_ZERO),
        ("ap", "AP_RND", Rounding.TIES_TO_POS_INF),
        ("ap", "AP_RND_MIN_INF", Rounding.TIES_TO_NEG_INF),
        ("ap", "AP_RND_INF", Rounding.TIES_AWAY),
        ("ap", "AP_RND_ZERO", Rounding.TIES_TO_ZERO),
        ("ap", "AP_RND_CONV", Rounding.TIES_TO_EVEN),
        ("ac", "AC_RND_CONV_ODD", Rounding.TIES_TO_ODD),
        ("c", "/", Rounding.TOWARD_ZERO),
        ("c", ">>", Rounding.FLOOR),
        ("matlab", "Ceiling", Rounding.CEIL),
        ("matlab", "Nearest", Rounding.TIES_TO_POS_INF),
        ("matlab", "Round", Rounding.TIES_AWAY),
        ("matlab", "Convergent", Rounding.TIES_TO_EVEN),
        ("qonnx", "UP", Rounding.AWAY_FROM_ZERO),
        ("qonnx", "DOWN", Rounding.TOWARD_ZERO),
        ("qonnx", "HALF_UP", Rounding.TIES_AWAY),
        ("qonnx", "HALF_DOWN", Rounding.TIES_TO_ZERO),
        ("numpy", "round", Rounding.TIES_TO_EVEN),
        ("vhdl", "fixed_round", Rounding.TIES_TO_EVEN),
        ("tosa", "SINGLE_ROUND", Rounding.TIES_TO_POS_INF),
        ("neon", "VRSHR", Rounding.TIES_TO_POS_INF),
        ("gemmlowp", "RoundingDivideByPOT", Rounding.TIES_AWAY),
        ("cmsis-nn-legacy", "NN_ROUND", Rounding.TIES_TO_POS_INF),
        ("softfloat", "shiftRightJam", Rounding.JAM),
    ],
)
def test_vendor_names(vendor: str, name: str, mode: Rounding) -> None:
    """Given a vendor's name, when translated, then as the vendor's manual defines it."""
    assert Rounding.from_vendor(vendor, name) is mode


def test_the_ambiguous_names_stand_only_with_a_vendor() -> None:
    """Given the vendors' tables, when searched, then only MATLAB says plain nearest."""
    plain = {"nearest", "half_up", "round_nearest"}
    found = {
        (vendor, name)
        for vendor, names in VENDOR_ROUNDING.items()
        for name in names
        if name.lower() in plain
    }
    assert found == {("matlab", "Nearest"), ("qonnx", "HALF_UP")}


def test_unknown_vendor() -> None:
    """Given a vendor that is not listed, when asked, then the listed ones are named."""
    assert rejection_of(lambda: Rounding.from_vendor("acme", "Round")) == Rejected(
        Reason.NAME_UNKNOWN,
        "no rounding names of vendor 'acme'; known: ap, ac, c, matlab, qonnx, numpy, vhdl, onnx, "
        "tosa, neon, gemmlowp, cmsis-nn-legacy, softfloat, q-capsnets",
    )


def test_unknown_name() -> None:
    """Given a name that the vendor does not have, when asked, then its names are listed."""
    assert rejection_of(lambda: Rounding.from_vendor("neon", "VQRSHR")) == Rejected(
        Reason.NAME_UNKNOWN, "neon has no rounding mode 'VQRSHR'; known: VSHR, VRSHR"
    )
