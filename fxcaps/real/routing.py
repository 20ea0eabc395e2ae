"""What the forms of routing share in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import find_function
from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.ops.table import REAL
from fxcaps.real.values import Reals

Calls = Mapping[str, Callable[..., Reals]]
"""Operation name -> the function that a part of that operation calls instead of its own."""


def function_of(params: Parameters) -> Callable[..., Reals]:
    """What computes a part: its algorithm's function, or that of its operation."""
    return find_function(REAL, params) or REAL[params.operation]


def route(
    operation: RoutingOperation,
    params: Routing,
    inputs: Reals,
    calls: Calls = MappingProxyType({}),
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
        call = calls.get(part.params.operation) or function_of(part.params)
        made = call(part.params, given)["out"]
        known[target] = made.reshape(batch, *shapes[target])
    return {port: known[port] for port in operation.outputs(params)}
