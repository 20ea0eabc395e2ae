"""What the forms of routing share over arrays: image by image, or part by part for all images."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from fxcaps.engine.routing_images import by_image, of_zeros
from fxcaps.engine.routing_plan import Known, plan_of
from fxcaps.engine.values import Inputs, begin, no_events, signatures_of, undecided
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.registry import find_function
from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.ops.table import ENGINE
from fxcaps.types import Format

Calls = Mapping[str, Callable[..., Result]]
"""Operation name -> the function that a part of that operation calls instead of its own."""


def route(
    operation: RoutingOperation,
    params: Routing,
    inputs: Inputs,
    formats: Mapping[str, Format],
    calls: Calls = MappingProxyType({}),
) -> Result:
    """Equal to `fxcaps.spec.routing.route`.

    An undecided row stays undecided: later parts see zeros in it and the specification
    computes the whole step, as it does where a part has no engine function.
    """
    batch, shapes = begin(operation, params, inputs, formats)
    shapes |= {port: given.shape for port, given in signatures_of(operation, inputs).items()}
    if not calls:
        every = {port: words.format for port, words in inputs.items()} | dict(formats)
        whole = Known(operation, params, inputs, every, shapes)
        steps = plan_of(whole)
        if steps is not None:
            return by_image(whole, steps)
    first = inputs["votes"].first
    zeros = np.zeros((batch, *shapes["b0"]), np.int64)
    known = dict(inputs) | {"b0": Words(zeros, formats["b0"], first)}
    constant = {port.name for port in operation.inputs if port.constant}
    result = Result({"b0": zeros}, {"b0": no_events(batch)}, np.zeros(batch, np.bool_))
    for part in operation.parts(params, inputs):
        function = calls.get(part.params.operation) or find_function(ENGINE, part.params)
        if function is None:
            return undecided(batch, {port: shapes[port] for port in formats})
        target = part.outputs["out"]
        given = {}
        for port, shape in operation.part_shapes(params, part, shapes).items():
            words = known[part.inputs[port]]
            leading = () if port in constant else (batch,)
            given[port] = words._replace(array=words.array.reshape(*leading, *shape))
        own = {"out": formats[target]}
        if part.inputs.get("x") == "b0":
            made = of_zeros(function, part.params, given["x"], own)
        else:
            made = function(part.params, given, own)
        array = made.outputs["out"].reshape(batch, *shapes[target])
        known[target] = Words(array, formats[target], first)
        result.outputs[target] = array
        result.events[target] = made.events["out"]
        result.undecided |= made.undecided
    return result
