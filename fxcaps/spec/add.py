"""The normative add."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from fxcaps.ops.add import ADD, Add, AddLanes, AddShift
from fxcaps.spec.arithmetic import handle_overflow, narrow, scaled
from fxcaps.types import Event, Format, Log, Overflow, Shape, Tensor, signatures


def add(
    params: Add, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """The sum of two tensors, rounded once; page `ops/add.md`."""
    # AD-1 guard
    ADD.guard(params, signatures(inputs), formats)
    a, b, out = inputs["a"], inputs["b"], formats["out"]
    # AD-2 read, align to the larger fraction, add exactly; AD-4 words as they are
    frac = max(a.format.frac, b.format.frac)
    up_a, up_b, down = frac - a.format.frac, frac - b.format.frac, frac - out.frac
    if isinstance(params, AddShift | AddLanes) and params.shift is not None:
        up_a, up_b, down = 0, 0, params.shift
    sums = [(p << up_a) + (q << up_b) for p, q in zip(a.words, b.words, strict=True)]
    # AD-5 wrap in lanes
    if isinstance(params, AddLanes):
        sums = _in_lanes(params, sums, a.shape, log)
    # AD-3 round, overflow
    words = []
    for index, total in enumerate(sums):
        n, d = scaled(total, 1, -down)
        words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(a.shape, out, words)}


def _in_lanes(params: AddLanes, sums: list[int], shape: Shape, log: Log) -> list[int]:
    """AD-5: sums of whole groups as words of a lane; the remainder of the axis as it is."""
    lane = Format(True, params.lane_width, 0)
    extent, inner = shape[params.lane_axis], prod(shape[params.lane_axis :][1:])
    grouped = extent - extent % params.lanes
    made = []
    for index, total in enumerate(sums):
        inside = index // inner % extent < grouped
        word = handle_overflow(total, lane, Overflow.WRAP) if inside else total
        if word != total:
            log.record("out", Event.ACCUMULATOR_OVERFLOW, index)
        made.append(word)
    return made
