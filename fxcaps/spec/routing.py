"""What the normative forms of routing share: the parts of every iteration, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType
from typing import Any

from fxcaps.ops.registry import require_function
from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.ops.table import SPEC
from fxcaps.types import Format, Log, Rejection, Tensor, signatures

Calls = Mapping[str, Callable[..., dict[str, Tensor]]]
"""Operation name -> the function that a part of that operation calls instead of its own."""


def route(
    operation: RoutingOperation,
    params: Routing,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
    calls: Calls = MappingProxyType({}),
) -> dict[str, Tensor]:
    """Run the parts of a routing in order; each reads the words that earlier ones have made.

    Args:
        operation: descriptor of the routing.
        params: of the routing.
        inputs: votes and bias.
        formats: of every intermediate.
        log: receives the events of every intermediate.
        calls: what parts call instead of their own functions.
    """
    # DR-1, CR-1 guard
    shapes = operation.guard(params, signatures(inputs), formats)
    # DR-2, CR-2 start: logits are zero
    made = {"b0": Tensor(shapes["b0"], formats["b0"], [0] * prod(shapes["b0"]))}
    shapes |= {port: tensor.shape for port, tensor in inputs.items()}
    # DR-3, CR-3 couple, sum, squash; DR-4, CR-4 agree and update where asked for
    for part in operation.parts(params, inputs):
        known = dict(inputs) | made
        given = {
            port: Tensor(shape, known[part.inputs[port]].format, known[part.inputs[port]].words)
            for port, shape in operation.part_shapes(params, part, shapes).items()
        }
        target = part.outputs["out"]
        call = calls.get(part.params.operation) or require_function(SPEC, part.params)
        words = _call(call, part.params, given, formats[target], log, target)
        made[target] = Tensor(shapes[target], formats[target], words)
    return made


def _call(
    call: Callable[..., dict[str, Tensor]],
    params: Any,
    given: Mapping[str, Tensor],
    format: Format,
    log: Log,
    target: str,
) -> Any:
    """Words of one part; its events and its rejection carry the name of what it makes."""
    events = Log(image=log.image)
    try:
        made = call(params, given, {"out": format}, events)["out"]
    except Rejection as rejection:
        raise rejection.within(target) from None
    log.adopt(events, {"out": target})
    return made.words
