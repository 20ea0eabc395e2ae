"""layout in float64: the same moves."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.layout import Concat, Reshape, Take, Transpose
from fxcaps.real.values import Reals


def layout(params: Reshape | Transpose | Take | Concat, inputs: Reals) -> Reals:
    """Values moved, never changed."""
    x = inputs["x"]
    if isinstance(params, Reshape):
        return {"out": x.reshape(len(x), *params.shape)}
    if isinstance(params, Transpose):
        return {"out": x.transpose(0, *(axis + 1 for axis in params.axes))}
    if isinstance(params, Take):
        return {"out": x.take(params.indices, axis=params.axis + 1)}
    return {"out": np.concatenate([x, inputs["y"]], axis=params.axis + 1)}
