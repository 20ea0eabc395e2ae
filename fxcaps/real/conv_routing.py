"""conv_routing in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.conv_routing import CONV_ROUTING, ConvRouting, SquashAxes
from fxcaps.ops.parameters import Parameters
from fxcaps.real.routing import function_of, route
from fxcaps.real.values import Reals


def conv_routing(params: ConvRouting, inputs: Reals) -> Reals:
    """Routing by agreement on a grid from zero logits (Rajasegaran et al. 2019, algorithm 1)."""
    calls = {"squash": _squash_grids} if params.squash_axes is SquashAxes.GRID else {}
    return route(CONV_ROUTING, params, inputs, calls)


def _squash_grids(params: Parameters, inputs: Reals) -> Reals:
    """The squash of `x (N, H, W, J, D)`, all values of an output type being one vector."""
    x = inputs["x"]
    batch, rows, columns, types, dim = x.shape
    maps = x.transpose(0, 3, 1, 2, 4).reshape(batch, types, rows * columns * dim)
    made = function_of(params)(params, {"x": maps})["out"].reshape(batch, types, rows, columns, dim)
    return {"out": np.ascontiguousarray(made.transpose(0, 2, 3, 1, 4))}
