"""Which tensor has how many bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from fxcaps.network import Network, Step
from fxcaps.ops import operation_of
from fxcaps.types import Reason, Rejection

LARGEST_WIDTH = 32
"""Words that the engine computes with."""

Widths = int | Mapping[str, int]
"""One width for all, or tensor name pattern -> width; a later pattern wins."""


def table_widths(network: Network, widths: Widths) -> dict[str, int]:
    """The width of every tensor in the Program that these widths give, inputs included.

    Tensors whose format an operation fixes or takes over from its input keep that width, whatever
    is asked for. Words that move together take the widest of their widths.
    """
    names = [name for name in network.shapes() if name not in network.inputs]
    asked = widths_by_name(widths, names)
    table = {name: given.format.width for name, given in network.inputs.items()}
    table |= {name: asked[name] for name in network.expected}
    shapes = network.shapes()
    for step in network.steps:
        operation = operation_of(step.params)
        given = {port: shapes[name] for port, name in step.inputs.items()}
        fixed = operation.fixed_formats(step.params, given)
        moved = operation.same_format(step.params)
        for port, name in step.outputs.items():
            if port in moved:
                table[name] = max(table[step.inputs[p]] for p in _alike(step, moved[port]))
            else:
                table[name] = fixed[port].width if port in fixed else asked[name]
    return table


def _alike(step: Step, port: str) -> list[str]:
    """The input ports that are brought to one format with a port, and itself."""
    groups = operation_of(step.params).shared_formats(step.params)
    found = [other for group in groups if port in group for other in group]
    return [other for other in found or [port] if other in step.inputs]


def widths_by_name(widths: Widths, names: Iterable[str]) -> dict[str, int]:
    """Resolve widths for every tensor.

    Args:
        widths: a width, or patterns as in file names (`*`, `digit.c*`, `conv.weight`).
        names: of all tensors.

    Rejects widths outside 1..32, a pattern that names no tensor (`NAME_UNKNOWN`) and a tensor
    that no pattern names (`PARAMETER_INVALID`).
    """
    patterns = {"*": widths} if isinstance(widths, int) else widths
    known = list(names)
    for pattern, width in patterns.items():
        if not isinstance(width, int) or not 1 <= width <= LARGEST_WIDTH:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"width of {pattern!r} must be 1 to {LARGEST_WIDTH}, found {width!r}",
            )
        if not any(fnmatchcase(name, pattern) for name in known):
            raise Rejection(Reason.NAME_UNKNOWN, f"width pattern {pattern!r} names no tensor")
    found: dict[str, int] = {}
    for name in known:
        matching = [width for pattern, width in patterns.items() if fnmatchcase(name, pattern)]
        if not matching:
            raise Rejection(Reason.PARAMETER_INVALID, f"no width is given for tensor {name!r}")
        found[name] = matching[-1]
    return found
