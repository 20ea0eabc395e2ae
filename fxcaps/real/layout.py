"""layout in float64: the same moves."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.layout import Concat, Mask, Reshape, Take, Transpose
from fxcaps.real.values import Reals


def layout(params: Reshape | Transpose | Take | Concat | Mask, inputs: Reals) -> Reals:
    """Values moved, never changed."""
    x = inputs["x"]
    if isinstance(params, Reshape):
        return {"out": x.reshape(len(x), *params.shape)}
    if isinstance(params, Transpose):
        return {"out": x.transpose(0, *(axis + 1 for axis in params.axes))}
    if isinstance(params, Take):
        return {"out": x.take(params.indices, axis=params.axis + 1)}
    if isinstance(params, Mask):
        places = np.arange(x.shape[params.axis + 1]).reshape(-1, *(1,) * (x.ndim - params.axis - 2))
        kept = inputs["index"].reshape(-1, *(1,) * (x.ndim - 1)) == places
        moved = np.where(kept, x, 0.0)
        return {"out": moved.reshape(len(x), -1) if params.flatten else moved}
    return {"out": np.concatenate([x, inputs["y"]], axis=params.axis + 1)}
