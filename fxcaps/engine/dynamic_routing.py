"""dynamic_routing over arrays, one part after another for the whole batch."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.engine.routing import route
from fxcaps.engine.values import Inputs
from fxcaps.ops.batch import Result
from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING, DynamicRouting
from fxcaps.types import Format


def dynamic_routing(
    params: DynamicRouting, inputs: Inputs, formats: Mapping[str, Format]
) -> Result:
    """Routing by agreement; equal to `fxcaps.spec.dynamic_routing`."""
    return route(DYNAMIC_ROUTING, params, inputs, formats)
