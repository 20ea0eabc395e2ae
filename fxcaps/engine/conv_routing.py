"""conv_routing over arrays, one part after another for the whole batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.routing import route
from fxcaps.engine.values import Inputs, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.conv_routing import CONV_ROUTING, ConvRouting, SquashAxes
from fxcaps.ops.registry import find_function
from fxcaps.ops.table import ENGINE
from fxcaps.types import Format


def conv_routing(params: ConvRouting, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Routing by agreement on a grid; equal to `fxcaps.spec.conv_routing`."""
    # Parameters of another operation are refused by the guard, not by a missing field.
    whole = getattr(params, "squash_axes", None) is SquashAxes.GRID
    calls = {"squash": squash_grids} if whole else {}
    return route(CONV_ROUTING, params, inputs, formats, calls)


def squash_grids(params: Any, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """The squash of whole grids: every output type of every image is a row of its own."""
    x, squash = inputs["x"], find_function(ENGINE, params)
    if squash is None:
        return undecided(len(x.array), {"out": x.array.shape[1:]})
    batch, rows, columns, types, dim = x.array.shape
    maps = np.ascontiguousarray(x.array.transpose(0, 3, 1, 2, 4))
    vectors = x._replace(array=maps.reshape(batch * types, rows * columns * dim))
    made = squash(params, {"x": vectors}, formats)
    words = made.outputs["out"].reshape(batch, types, rows, columns, dim).transpose(0, 2, 3, 1, 4)
    by_type = made.events["out"].reshape(batch, types, *made.events["out"].shape[1:])
    events = _gathered(by_type, types, dim)
    open_rows = made.undecided.reshape(batch, types).any(axis=1)
    return Result({"out": np.ascontiguousarray(words)}, {"out": events}, open_rows)


def _gathered(events: Ints, types: int, dim: int) -> Ints:
    """Events `(N, J, kinds, 2)` of every output type as those of the tensor `(H, W, J, D)`.

    Within a type the order of words is that of the tensor, so that the first of all is the
    first of some type.
    """
    first = events[..., 1]
    type_of = np.arange(types)[None, :, None]
    place = ((first // dim) * types + type_of) * dim + first % dim
    beyond = np.iinfo(np.int64).max
    earliest = np.where(first < 0, beyond, place).min(axis=1)
    gathered: Ints = np.empty((len(events), events.shape[2], 2), np.int64)
    gathered[:, :, 0] = events[..., 0].sum(axis=1)
    gathered[:, :, 1] = np.where(earliest == beyond, -1, earliest)
    return gathered
