"""rescale in float64: the product alone."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.rescale import RescaleDouble, RescaleSingle, RescaleTosaDouble
from fxcaps.real.values import Reals


def rescale(params: RescaleSingle | RescaleDouble | RescaleTosaDouble, inputs: Reals) -> Reals:
    """`x * multiplier * 2**-shift`, entries along the last axis."""
    scale = np.ldexp(np.array(params.multiplier, np.float64), -np.array(params.shift))
    return {"out": inputs["x"] * (scale if params.channels > 1 else scale[0])}
