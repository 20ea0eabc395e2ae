"""Overflow modes: what becomes of a rounded value that its format cannot hold."""

from __future__ import annotations

from enum import StrEnum

from fxcaps.types.rejection import Reason, Rejection


class Overflow(StrEnum):
    """How a rounded value outside its format becomes a word.

    Source: specification page `numbers.md`, clauses NUM-6 and NUM-7.
    """

    SATURATE = "saturate"
    WRAP = "wrap"
    SATURATE_SYMMETRIC = "saturate_symmetric"
    SATURATE_TO_ZERO = "saturate_to_zero"
    REJECT = "reject"

    @classmethod
    def from_vendor(cls, vendor: str, name: str) -> Overflow:
        """Translate a vendor's own name, such as `("ap", "AP_SAT_SYM")`.

        Rejects an unknown vendor or name with `NAME_UNKNOWN`, and the sign-magnitude and
        bit-keeping wraps, which fxcaps does not provide, with `MODE_REFUSED`.
        """
        if vendor not in VENDOR_OVERFLOW:
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"no overflow names of vendor {vendor!r}; known: {', '.join(VENDOR_OVERFLOW)}",
            )
        if name in REFUSED_OVERFLOW:
            raise Rejection(Reason.MODE_REFUSED, f"{name} is refused: {REFUSED_OVERFLOW[name]}")
        names = VENDOR_OVERFLOW[vendor]
        if name not in names:
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"{vendor} has no overflow mode {name!r}; known: {', '.join(names)}",
            )
        return names[name]


_O = Overflow

VENDOR_OVERFLOW: dict[str, dict[str, Overflow]] = {
    "ap": {
        "AP_SAT": _O.SATURATE,
        "AP_SAT_ZERO": _O.SATURATE_TO_ZERO,
        "AP_SAT_SYM": _O.SATURATE_SYMMETRIC,
        "AP_WRAP": _O.WRAP,
    },
    "ac": {
        "AC_SAT": _O.SATURATE,
        "AC_SAT_ZERO": _O.SATURATE_TO_ZERO,
        "AC_SAT_SYM": _O.SATURATE_SYMMETRIC,
        "AC_WRAP": _O.WRAP,
    },
    "matlab": {"Saturate": _O.SATURATE, "Wrap": _O.WRAP},
    "vhdl": {"fixed_saturate": _O.SATURATE, "fixed_wrap": _O.WRAP},
    "qonnx": {"SAT": _O.SATURATE, "SAT_SYM": _O.SATURATE_SYMMETRIC, "WRAP": _O.WRAP},
}
"""Vendor -> the vendor's name -> ours."""

REFUSED_OVERFLOW: dict[str, str] = {
    "AP_WRAP_SM": "sign-magnitude wrapping has no agreed definition for every width",
    "AP_WRAP,n": "wrapping that keeps n saturated bits is not part of this specification",
}
"""Modes known by name that are deliberately not provided, and why."""
