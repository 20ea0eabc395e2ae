"""Overflow modes and the names that vendors give them."""

from __future__ import annotations

import pytest

from fxcaps.types import Overflow, Reason
from tests.support.outcomes import Rejected, rejection_of


def test_names_are_the_published_ones() -> None:
    """Given the modes, when named, then the names of parameter files stay as they are."""
    assert {mode.value for mode in Overflow} == {
        "saturate",
        "wrap",
        "saturate_symmetric",
        "saturate_to_zero",
        "reject",
    }


@pytest.mark.parametrize(
    ("vendor", "name", "mode"),
    [
        ("ap", "AP_SAT", Overflow.SATURATE),
        ("ap", "AP_SAT_ZERO", Overflow.SATURATE_TO_ZERO),
        ("ap", "AP_SAT_SYM", Overflow.SATURATE_SYMMETRIC),
        ("ap", "AP_WRAP", Overflow.WRAP),
        ("ac", "AC_SAT_SYM", Overflow.SATURATE_SYMMETRIC),
        ("matlab", "Saturate", Overflow.SATURATE),
        ("matlab", "Wrap", Overflow.WRAP),
        ("vhdl", "fixed_wrap", Overflow.WRAP),
        ("qonnx", "SAT_SYM", Overflow.SATURATE_SYMMETRIC),
    ],
)
def test_vendor_names(vendor: str, name: str, mode: Overflow) -> None:
    """Given a vendor's name, when translated, then as the vendor's manual defines it."""
    assert Overflow.from_vendor(vendor, name) is mode


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("AP_WRAP_SM", "sign-magnitude wrapping has no agreed definition for every width"),
        ("AP_WRAP,n", "wrapping that keeps n saturated bits is not part of this specification"),
    ],
)
def test_refused_names(name: str, why: str) -> None:
    """Given a mode that is known and not provided, when asked, then the reason is given."""
    assert rejection_of(lambda: Overflow.from_vendor("ap", name)) == Rejected(
        Reason.MODE_REFUSED, f"{name} is refused: {why}"
    )


def test_unknown_vendor() -> None:
    """Given a vendor that is not listed, when asked, then the listed ones are named."""
    assert rejection_of(lambda: Overflow.from_vendor("acme", "AP_SAT")) == Rejected(
        Reason.NAME_UNKNOWN,
        "no overflow names of vendor 'acme'; known: ap, ac, matlab, vhdl, qonnx",
    )


def test_unknown_name() -> None:
    """Given a name that the vendor does not have, when asked, then its names are listed."""
    assert rejection_of(lambda: Overflow.from_vendor("vhdl", "Wrap")) == Rejected(
        Reason.NAME_UNKNOWN,
        "vhdl has no overflow mode 'Wrap'; known: fixed_saturate, fixed_wrap",
    )
