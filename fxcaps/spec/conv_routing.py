"""The normative conv_routing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fxcaps.ops.conv_routing import CONV_ROUTING, ConvRouting, SquashAxes
from fxcaps.ops.registry import require_function
from fxcaps.ops.table import SPEC
from fxcaps.spec.routing import route
from fxcaps.types import Count, Event, Format, Log, Rejection, Tensor


def conv_routing(
    params: ConvRouting, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Routing by agreement on a grid; page `ops/conv_routing.md`."""
    # CR-6 capsule by capsule, or grid by grid
    # Parameters of another operation are refused by the guard, not by a missing field.
    whole = getattr(params, "squash_axes", None) is SquashAxes.GRID
    calls = {"squash": squash_grids} if whole else {}
    # CR-1 to CR-4
    return route(CONV_ROUTING, params, inputs, formats, log, calls)


def squash_grids(
    params: Any, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """The squash of `x (H, W, J, D)`, all words of an output type being one vector."""
    x, out = inputs["x"], formats["out"]
    rows, columns, types, dim = x.shape
    words, squash = [0] * len(x.words), require_function(SPEC, params)
    for j in range(types):
        places = [(p * types + j) * dim + k for p in range(rows * columns) for k in range(dim)]
        vector = Tensor((len(places),), x.format, [x.words[place] for place in places])
        events = Log(image=log.image)
        try:
            made = squash(params, {"x": vector}, formats, events)["out"]
        except Rejection as rejection:
            raise rejection.within(f"type {j}") from None
        for place, word in zip(places, made.words, strict=True):
            words[place] = word
        for event, count in events.events.get("out", {}).items():
            _add(log, event, Count(count.count, places[count.first]))
    return {"out": Tensor(x.shape, out, words)}


def _add(log: Log, event: Event, more: Count) -> None:
    """Count more words with an event; the first in C order stays the first."""
    seen = log.events.setdefault("out", {})
    before = seen.get(event, Count(0, more.first))
    seen[event] = Count(before.count + more.count, min(before.first, more.first))
