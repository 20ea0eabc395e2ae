"""Rounding modes, each under one unambiguous name, and the names that vendors give them."""

from __future__ import annotations

from enum import StrEnum

from fxcaps.types.qcapsnets import QcapsnetsLogarithmic, QcapsnetsRtn
from fxcaps.types.rejection import Reason, Rejection


class Rounding(StrEnum):
    """How an exact value becomes an integer, before overflow is handled.

    Source: specification page `numbers.md`, clauses NUM-4 and NUM-5.
    """

    FLOOR = "floor"
    CEIL = "ceil"
    TOWARD_ZERO = "toward_zero"
    AWAY_FROM_ZERO = "away_from_zero"
    TIES_TO_POS_INF = "ties_to_pos_inf"
    TIES_TO_NEG_INF = "ties_to_neg_inf"
    TIES_AWAY = "ties_away"
    TIES_TO_ZERO = "ties_to_zero"
    TIES_TO_EVEN = "ties_to_even"
    TIES_TO_ODD = "ties_to_odd"
    JAM = "jam"

    @classmethod
    def from_vendor(cls, vendor: str, name: str) -> Rounding | QcapsnetsRtn | QcapsnetsLogarithmic:
        """Translate a vendor's own name, such as `("matlab", "Nearest")`.

        Two quantisers of Q-CapsNets are no modes; they come as the rules that they are.

        Rejects an unknown vendor or name with `NAME_UNKNOWN`.
        """
        if vendor not in VENDOR_ROUNDING:
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"no rounding names of vendor {vendor!r}; known: {', '.join(VENDOR_ROUNDING)}",
            )
        names = VENDOR_ROUNDING[vendor]
        if name not in names:
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"{vendor} has no rounding mode {name!r}; known: {', '.join(names)}",
            )
        return names[name]


_R = Rounding

VENDOR_ROUNDING: dict[str, dict[str, Rounding | QcapsnetsRtn | QcapsnetsLogarithmic]] = {
    # SystemC, Vitis HLS and Algorithmic C share these seven; AC adds the last one.
    "ap": {
        "AP_TRN": _R.FLOOR,
        "AP_TRN_ZERO": _R.TOWARD_ZERO,
        "AP_RND": _R.TIES_TO_POS_INF,
        "AP_RND_MIN_INF": _R.TIES_TO_NEG_INF,
        "AP_RND_INF": _R.TIES_AWAY,
        "AP_RND_ZERO": _R.TIES_TO_ZERO,
        "AP_RND_CONV": _R.TIES_TO_EVEN,
    },
    "ac": {
        "AC_TRN": _R.FLOOR,
        "AC_TRN_ZERO": _R.TOWARD_ZERO,
        "AC_RND": _R.TIES_TO_POS_INF,
        "AC_RND_MIN_INF": _R.TIES_TO_NEG_INF,
        "AC_RND_INF": _R.TIES_AWAY,
        "AC_RND_ZERO": _R.TIES_TO_ZERO,
        "AC_RND_CONV": _R.TIES_TO_EVEN,
        "AC_RND_CONV_ODD": _R.TIES_TO_ODD,
    },
    "c": {"/": _R.TOWARD_ZERO, ">>": _R.FLOOR},
    "matlab": {
        "Floor": _R.FLOOR,
        "Ceiling": _R.CEIL,
        "Zero": _R.TOWARD_ZERO,
        "Nearest": _R.TIES_TO_POS_INF,
        "Round": _R.TIES_AWAY,
        "Convergent": _R.TIES_TO_EVEN,
    },
    "qonnx": {
        "FLOOR": _R.FLOOR,
        "CEIL": _R.CEIL,
        "DOWN": _R.TOWARD_ZERO,
        "UP": _R.AWAY_FROM_ZERO,
        "HALF_UP": _R.TIES_AWAY,
        "HALF_DOWN": _R.TIES_TO_ZERO,
        "ROUND": _R.TIES_TO_EVEN,
        "HALF_EVEN": _R.TIES_TO_EVEN,
    },
    "numpy": {
        "floor": _R.FLOOR,
        "ceil": _R.CEIL,
        "trunc": _R.TOWARD_ZERO,
        "round": _R.TIES_TO_EVEN,
        "rint": _R.TIES_TO_EVEN,
    },
    "vhdl": {"fixed_round": _R.TIES_TO_EVEN, "fixed_truncate": _R.FLOOR},
    "onnx": {"Round": _R.TIES_TO_EVEN},
    "tosa": {"SINGLE_ROUND": _R.TIES_TO_POS_INF},
    "neon": {"VSHR": _R.FLOOR, "VRSHR": _R.TIES_TO_POS_INF},
    "gemmlowp": {"RoundingDivideByPOT": _R.TIES_AWAY},
    # The legacy (q7_t, q15_t) kernels of CMSIS 5; the s8 kernels requantise as gemmlowp does.
    "cmsis-nn-legacy": {"NN_ROUND": _R.TIES_TO_POS_INF},
    "softfloat": {"shiftRightJam": _R.JAM},
    # Its weights are quantised in place by other functions than its activations.
    "q-capsnets": {
        "truncation": _R.FLOOR,
        "truncation_inplace": _R.FLOOR,
        "round_to_nearest": QcapsnetsRtn(),
        "round_to_nearest_inplace": _R.FLOOR,
        "logarithmic": QcapsnetsLogarithmic(),
        "logarithmic_inplace": QcapsnetsLogarithmic(),
    },
}
"""Vendor -> the vendor's name -> ours. A bare "nearest" means three things; none stands here."""
