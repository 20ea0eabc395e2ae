"""dynamic_routing in float64."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING, DynamicRouting
from fxcaps.real.add import add
from fxcaps.real.agreement import agreement
from fxcaps.real.softmax import softmax
from fxcaps.real.squash import squash
from fxcaps.real.values import Reals
from fxcaps.real.weighted_sum import weighted_sum

_PARTS: dict[str, Callable[..., Reals]] = {
    "add": add,
    "agreement": agreement,
    "softmax": softmax,
    "squash": squash,
    "weighted_sum": weighted_sum,
}


def dynamic_routing(params: DynamicRouting, inputs: Reals) -> Reals:
    """Routing by agreement from zero logits (Sabour et al. 2017, procedure 1)."""
    known = dict(inputs) | {"b0": np.zeros(inputs["votes"].shape[:3])}
    for part in DYNAMIC_ROUTING.expand(params, frozenset(inputs)):
        given = {port: known[source] for port, source in part.inputs.items()}
        known[part.outputs["out"]] = _PARTS[part.params.operation](part.params, given)["out"]
    return {port: known[port] for port in DYNAMIC_ROUTING.outputs(params)}
