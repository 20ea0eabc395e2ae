"""dynamic_routing in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING, DynamicRouting
from fxcaps.ops.registry import find_function
from fxcaps.ops.table import REAL
from fxcaps.real.values import Reals


def dynamic_routing(params: DynamicRouting, inputs: Reals) -> Reals:
    """Routing by agreement from zero logits (Sabour et al. 2017, procedure 1)."""
    known = dict(inputs) | {"b0": np.zeros(inputs["votes"].shape[:3])}
    for part in DYNAMIC_ROUTING.expand(params, frozenset(inputs)):
        given = {port: known[source] for port, source in part.inputs.items()}
        function = find_function(REAL, part.params) or REAL[part.params.operation]
        known[part.outputs["out"]] = function(part.params, given)["out"]
    return {port: known[port] for port in DYNAMIC_ROUTING.outputs(params)}
