"""What the forms of routing share over arrays: the parts in order, for the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fxcaps.engine.add import add
from fxcaps.engine.agreement import agreement
from fxcaps.engine.softmax import softmax
from fxcaps.engine.squash import squash
from fxcaps.engine.values import Inputs, begin, no_events, signatures_of
from fxcaps.engine.weighted_sum import weighted_sum
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.types import Format

Calls = Mapping[str, Callable[..., Result]]
"""Operation name -> the function that a part of that operation calls."""

PARTS: Calls = {
    "add": add,
    "agreement": agreement,
    "softmax": softmax,
    "squash": squash,
    "weighted_sum": weighted_sum,
}


def route(
    operation: RoutingOperation,
    params: Routing,
    inputs: Inputs,
    formats: Mapping[str, Format],
    calls: Calls = PARTS,
) -> Result:
    """Equal to `fxcaps.spec.routing.route`.

    An undecided row stays undecided: later parts see zeros in it and the specification
    computes the whole step.
    """
    batch, shapes = begin(operation, params, inputs, formats)
    shapes |= {port: given.shape for port, given in signatures_of(operation, inputs).items()}
    first = inputs["votes"].first
    zeros = np.zeros((batch, *shapes["b0"]), np.int64)
    known = dict(inputs) | {"b0": Words(zeros, formats["b0"], first)}
    constant = {port.name for port in operation.inputs if port.constant}
    result = Result({"b0": zeros}, {"b0": no_events(batch)}, np.zeros(batch, np.bool_))
    for part in operation.parts(params, inputs):
        target = part.outputs["out"]
        given = {}
        for port, shape in operation.part_shapes(params, part, shapes).items():
            words = known[part.inputs[port]]
            leading = () if port in constant else (batch,)
            given[port] = words._replace(array=words.array.reshape(*leading, *shape))
        made = calls[part.params.operation](part.params, given, {"out": formats[target]})
        array = made.outputs["out"].reshape(batch, *shapes[target])
        known[target] = Words(array, formats[target], first)
        result.outputs[target] = array
        result.events[target] = made.events["out"]
        result.undecided |= made.undecided
    return result
