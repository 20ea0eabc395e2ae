"""dynamic_routing over arrays, one part after another for the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fxcaps.engine.add import add
from fxcaps.engine.agreement import agreement
from fxcaps.engine.softmax import softmax
from fxcaps.engine.squash import squash
from fxcaps.engine.values import Inputs, begin, no_events
from fxcaps.engine.weighted_sum import weighted_sum
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING, DynamicRouting
from fxcaps.types import Format

_PARTS: dict[str, Callable[..., Result]] = {
    "add": add,
    "agreement": agreement,
    "softmax": softmax,
    "squash": squash,
    "weighted_sum": weighted_sum,
}


def dynamic_routing(
    params: DynamicRouting, inputs: Inputs, formats: Mapping[str, Format]
) -> Result:
    """Routing by agreement; equal to `fxcaps.spec.dynamic_routing`.

    An undecided row stays undecided: later parts see zeros in it and the specification
    computes the whole step.
    """
    batch, shapes = begin(DYNAMIC_ROUTING, params, inputs, formats)
    first = inputs["votes"].first
    zeros = np.zeros((batch, *shapes["b0"]), np.int64)
    known = dict(inputs) | {"b0": Words(zeros, formats["b0"], first)}
    result = Result({"b0": zeros}, {"b0": no_events(batch)}, np.zeros(batch, np.bool_))
    for part in DYNAMIC_ROUTING.expand(params, frozenset(inputs)):
        target = part.outputs["out"]
        given = {port: known[source] for port, source in part.inputs.items()}
        made = _PARTS[part.params.operation](part.params, given, {"out": formats[target]})
        known[target] = Words(made.outputs["out"], formats[target], first)
        result.outputs[target] = made.outputs["out"]
        result.events[target] = made.events["out"]
        result.undecided |= made.undecided
    return result
