"""length in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.length import Length
from fxcaps.real.values import Reals


def length(params: Length, inputs: Reals) -> Reals:  # noqa: ARG001 - no formats here
    """Euclidean lengths along the last axis."""
    return {"out": np.sqrt(np.square(inputs["x"]).sum(axis=-1))}
