"""The normative layout: which word goes where."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

from fxcaps.ops.layout import LAYOUT, Concat, Mask, Reshape, Take, Transpose
from fxcaps.types import Format, Log, Shape, Tensor, signatures


def layout(
    params: Reshape | Transpose | Take | Concat | Mask,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,  # noqa: ARG001 - nothing is rounded
) -> dict[str, Tensor]:
    """Words moved, never changed; page `ops/layout.md`."""
    # LA-1 guard
    shape = LAYOUT.guard(params, signatures(inputs), formats)["out"]
    # LA-2, LA-3 read, move
    x = inputs["x"]
    if isinstance(params, Reshape):
        words = list(x.words)
    elif isinstance(params, Concat):
        words = _concat(x, inputs["y"], params.axis)
    elif isinstance(params, Mask):
        words = _mask(x, inputs["index"].words[0], params.axis)
    else:
        words = [x.words[_flat(x.shape, _source(params, index))] for index in _indices(shape)]
    return {"out": Tensor(shape, formats["out"], words)}


def _indices(shape: Shape) -> itertools.product[tuple[int, ...]]:
    return itertools.product(*(range(extent) for extent in shape))


def _flat(shape: Shape, index: tuple[int, ...]) -> int:
    flat = 0
    for extent, position in zip(shape, index, strict=True):
        flat = flat * extent + position
    return flat


def _source(params: Transpose | Take, index: tuple[int, ...]) -> tuple[int, ...]:
    """The index in `x` of the word that goes to `index`."""
    source = list(index)
    if isinstance(params, Take):
        source[params.axis] = params.indices[index[params.axis]]
    else:
        for position, axis in zip(index, params.axes, strict=True):
            source[axis] = position
    return tuple(source)


def _concat(x: Tensor, y: Tensor, axis: int) -> list[int]:
    """Runs of `x` and `y` in turn; a run spans the joined axis and all after it."""
    run_x, run_y = math.prod(x.shape[axis:]), math.prod(y.shape[axis:])
    words: list[int] = []
    for k in range(math.prod(x.shape[:axis])):
        words += x.words[k * run_x : (k + 1) * run_x]
        words += y.words[k * run_y : (k + 1) * run_y]
    return words


def _mask(x: Tensor, kept: int, axis: int) -> list[int]:
    """Words of position `kept` on an axis, zeros elsewhere; a run spans all axes after it."""
    run = math.prod(x.shape[axis + 1 :])
    positions = (flat // run % x.shape[axis] for flat in range(len(x.words)))
    return [w if p == kept else 0 for w, p in zip(x.words, positions, strict=True)]
