"""layout over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.values import Inputs, begin, no_events
from fxcaps.ops.batch import Result
from fxcaps.ops.layout import LAYOUT, Concat, Mask, Reshape, Take, Transpose
from fxcaps.types import Format


def layout(
    params: Reshape | Transpose | Take | Concat | Mask,
    inputs: Inputs,
    formats: Mapping[str, Format],
) -> Result:
    """Words moved; equal to `fxcaps.spec.layout`."""
    batch, shapes = begin(LAYOUT, params, inputs, formats)
    x = inputs["x"].array
    moved: Ints
    if isinstance(params, Reshape):
        moved = x.reshape(batch, *shapes["out"])
    elif isinstance(params, Transpose):
        moved = x.transpose(0, *(axis + 1 for axis in params.axes))
    elif isinstance(params, Take):
        moved = x.take(params.indices, axis=params.axis + 1)
    elif isinstance(params, Mask):
        places = np.arange(x.shape[params.axis + 1]).reshape(-1, *(1,) * (x.ndim - params.axis - 2))
        kept = inputs["index"].array.reshape(batch, *(1,) * (x.ndim - 1)) == places
        moved = np.where(kept, x, 0).reshape(batch, *shapes["out"])
    else:
        moved = np.concatenate([x, inputs["y"].array], axis=params.axis + 1)
    nothing = np.zeros(batch, np.bool_)
    return Result({"out": moved}, {"out": no_events(batch)}, nothing)
