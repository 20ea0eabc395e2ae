"""quantize in float64: the scaling alone."""

from __future__ import annotations

from fxcaps.ops.quantize import Quantize
from fxcaps.real.values import Reals


def quantize(params: Quantize, inputs: Reals) -> Reals:
    """`x * numerator / denominator`."""
    return {"out": inputs["x"] * (params.numerator / params.denominator)}
