"""The normative dynamic_routing."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING, DynamicRouting
from fxcaps.spec.routing import route
from fxcaps.types import Format, Log, Tensor


def dynamic_routing(
    params: DynamicRouting, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Routing by agreement; page `ops/dynamic_routing.md`."""
    # DR-1 to DR-4
    return route(DYNAMIC_ROUTING, params, inputs, formats, log)
