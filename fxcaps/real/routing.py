"""What the forms of routing share in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.real.add import add
from fxcaps.real.agreement import agreement
from fxcaps.real.softmax import softmax
from fxcaps.real.squash import squash
from fxcaps.real.values import Reals
from fxcaps.real.weighted_sum import weighted_sum

Calls = Mapping[str, Callable[..., Reals]]
"""Operation name -> the function that a part of that operation calls."""

PARTS: Calls = {
    "add": add,
    "agreement": agreement,
    "softmax": softmax,
    "squash": squash,
    "weighted_sum": weighted_sum,
}


def route(
    operation: RoutingOperation, params: Routing, inputs: Reals, calls: Calls = PARTS
) -> Reals:
    """The parts of a routing in order, from zero logits."""
    constant = {port.name for port in operation.inputs if port.constant}
    shapes = {
        port: array.shape if port in constant else array.shape[1:] for port, array in inputs.items()
    }
    shapes |= operation.shapes(params, shapes)
    batch = len(inputs["votes"])
    known = dict(inputs) | {"b0": np.zeros((batch, *shapes["b0"]))}
    for part in operation.parts(params, inputs):
        given = {
            port: known[part.inputs[port]].reshape(shape if port in constant else (batch, *shape))
            for port, shape in operation.part_shapes(params, part, shapes).items()
        }
        target = part.outputs["out"]
        made = calls[part.params.operation](part.params, given)["out"]
        known[target] = made.reshape(batch, *shapes[target])
    return {port: known[port] for port in operation.outputs(params)}
