"""affine in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.affine import Affine
from fxcaps.real.values import Reals


def affine(params: Affine, inputs: Reals) -> Reals:
    """`x * scale + offset`, entries along the last axis; each ratio is the nearest double."""
    scales = zip(params.scale_numerator, params.scale_denominator, strict=True)
    offsets = zip(params.offset_numerator, params.offset_denominator, strict=True)
    # Python divides integers of any size with one rounding.
    scale, offset = np.array([n / d for n, d in scales]), np.array([n / d for n, d in offsets])
    x = np.maximum(inputs["x"], 0.0) if params.relu else inputs["x"]
    if params.channels == 1:
        return {"out": x * scale[0] + offset[0]}
    return {"out": x * scale + offset}
