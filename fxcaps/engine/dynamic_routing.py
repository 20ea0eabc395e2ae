"""dynamic_routing over arrays, one part after another for the whole batch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.values import Inputs, begin, no_events, undecided
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING, DynamicRouting
from fxcaps.ops.registry import find_function
from fxcaps.ops.table import ENGINE
from fxcaps.types import Format


def dynamic_routing(
    params: DynamicRouting, inputs: Inputs, formats: Mapping[str, Format]
) -> Result:
    """Routing by agreement; equal to `fxcaps.spec.dynamic_routing`.

    An undecided row stays undecided: later parts see zeros in it and the specification
    computes the whole step, as it does where a part has no engine function.
    """
    batch, shapes = begin(DYNAMIC_ROUTING, params, inputs, formats)
    first = inputs["votes"].first
    zeros = np.zeros((batch, *shapes["b0"]), np.int64)
    known = dict(inputs) | {"b0": Words(zeros, formats["b0"], first)}
    result = Result({"b0": zeros}, {"b0": no_events(batch)}, np.zeros(batch, np.bool_))
    for part in DYNAMIC_ROUTING.expand(params, frozenset(inputs)):
        function = find_function(ENGINE, part.params)
        if function is None:
            return undecided(batch, shapes)
        target = part.outputs["out"]
        given = {port: known[source] for port, source in part.inputs.items()}
        made = function(part.params, given, {"out": formats[target]})
        known[target] = Words(made.outputs["out"], formats[target], first)
        result.outputs[target] = made.outputs["out"]
        result.events[target] = made.events["out"]
        result.undecided |= made.undecided
    return result
