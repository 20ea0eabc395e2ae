"""The operations in float64, for calibration and error measurement; not normative."""

from fxcaps.real.table import REAL, RealFunction

__all__ = ["REAL", "RealFunction"]
