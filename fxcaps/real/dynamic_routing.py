"""dynamic_routing in float64."""

from __future__ import annotations

from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING, DynamicRouting
from fxcaps.real.routing import route
from fxcaps.real.values import Reals


def dynamic_routing(params: DynamicRouting, inputs: Reals) -> Reals:
    """Routing by agreement from zero logits (Sabour et al. 2017, procedure 1)."""
    return route(DYNAMIC_ROUTING, params, inputs)
