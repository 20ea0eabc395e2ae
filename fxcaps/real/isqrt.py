"""isqrt in float64: the square root."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.isqrt import Isqrt
from fxcaps.real.values import Reals


def isqrt(params: Isqrt, inputs: Reals) -> Reals:  # noqa: ARG001 - no formats here
    """`sqrt(x)`."""
    return {"out": np.sqrt(inputs["x"])}
