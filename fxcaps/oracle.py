"""The oracle: one operation on plain integer arrays, bit-exact, in one line.

`fxcaps.squash(words, SquashIsqrtDivide(guard=4), x="s8f5", out="s8f7")` takes the inputs in the
order of the operation's ports, then its parameters, then a format for every port by name.
Optional ports for which no format is given are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine import ENGINE
from fxcaps.network.digest import to_container
from fxcaps.network.dispatch import Tables, apply
from fxcaps.network.program import check_container, check_range
from fxcaps.ops import Parameters, find_operation
from fxcaps.ops.batch import EVENT_CODES, Words
from fxcaps.ops.operation import Operation
from fxcaps.spec import SPEC
from fxcaps.types import Event, Format, Reason, Rejection

TABLES = Tables(SPEC, ENGINE)
"""Engine first, specification for what it leaves open."""


@dataclass(frozen=True)
class Evaluation:
    """What an operation gives.

    Args:
        outputs: words by port in the smallest signed container of their format.
        events: port -> kind -> number of words, over the whole batch; zero counts are absent.
    """

    outputs: dict[str, NDArray[Any]]
    events: dict[str, dict[Event, int]]


def evaluate(
    params: Parameters,
    inputs: Mapping[str, Any],
    formats: Mapping[str, str | Format],
    *,
    first: int = 0,
    tables: Tables = TABLES,
) -> Evaluation:
    """Compute one operation.

    Args:
        params: of the operation.
        inputs: integer arrays by port, of any integer dtype. Axes before those that the
            operation needs are the batch; constant ports have none.
        formats: by port, inputs and outputs, as `Format` or text such as `"s8f5"`.
        first: index of the first sample in its data set, which stochastic rounding depends on.
        tables: where the functions are; by default engine and specification.

    Rejects words outside their format, formats without a container of at most 64 bits, wrong
    shapes and everything the operation rejects.
    """
    operation = find_operation(params.operation)
    known = {port: Format.parse(text) for port, text in formats.items()}
    for port, format in known.items():
        check_container(format, f"{operation.name} {port}")
    words, batch = _batched(operation, params, inputs, known, first)
    out = {port: format for port, format in known.items() if port not in inputs}
    made = apply(params, words, out, tables)
    outputs = {
        port: to_container(array, out[port]).reshape(batch + array.shape[1:])
        for port, array in made.outputs.items()
    }
    events = {
        port: {
            event: int(rows[:, code, 0].sum())
            for event, code in EVENT_CODES.items()
            if rows[:, code, 0].any()
        }
        for port, rows in made.events.items()
    }
    return Evaluation(outputs, {port: seen for port, seen in events.items() if seen})


def _batched(
    operation: Operation,
    params: Parameters,
    inputs: Mapping[str, Any],
    formats: Mapping[str, Format],
    first: int,
) -> tuple[dict[str, Words], tuple[int, ...]]:
    """Inputs with exactly one batch axis, and the batch axes that they had."""
    constant = {port.name for port in operation.inputs if port.constant}
    words: dict[str, Words] = {}
    batches: dict[str, tuple[int, ...]] = {}
    for port, given in inputs.items():
        array = _integers(given, port)
        if port not in formats:
            raise Rejection(
                Reason.PORT_MISMATCH, f"{operation.name}: no format is given for {port}"
            )
        check_range(array, formats[port], f"{operation.name} {port}")
        array = array.astype(np.int64)
        if port not in constant:
            rank = operation.rank(params, port)
            split = 0 if rank is None else max(array.ndim - rank, 0)
            batches[port] = array.shape[:split]
            array = array.reshape(math.prod(array.shape[:split]), *array.shape[split:])
        words[port] = Words(array, formats[port], first)
    if len(set(batches.values())) > 1:
        found = ", ".join(f"{port} {batch}" for port, batch in batches.items())
        raise Rejection(Reason.SHAPE_MISMATCH, f"{operation.name}: batch axes differ: {found}")
    return words, next(iter(batches.values()), ())


def _integers(given: Any, port: str) -> NDArray[Any]:
    array = np.asarray(given)
    if array.dtype.kind not in "iu":
        raise Rejection(Reason.DATA_INVALID, f"{port}: expected integers, found {array.dtype}")
    return array


def _function(name: str) -> Callable[..., Any]:
    operation = find_operation(name)
    ports = [port.name for port in operation.inputs]

    def oracle(*arguments: Any, **formats: str | Format) -> Any:
        *arrays, params = arguments or (None,)
        if not isinstance(params, operation.algorithms):
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{name} takes {', '.join(ports)} and then its parameters, one of "
                f"{', '.join(algorithm.__name__ for algorithm in operation.algorithms)}",
            )
        if len(arrays) > len(ports):
            raise Rejection(
                Reason.PORT_MISMATCH, f"{name} has {len(ports)} inputs, found {len(arrays)}"
            )
        # A format tells which optional port an array is for; without it, they come in order.
        named = [port for port in ports if port in formats]
        given = dict(zip(named if len(named) == len(arrays) else ports, arrays, strict=False))
        outputs = evaluate(params, given, formats).outputs
        return outputs["out"] if set(outputs) == {"out"} else outputs

    oracle.__name__ = oracle.__qualname__ = name
    oracle.__doc__ = (
        f"{operation.__doc__}\n\n"
        f"Takes arrays for {', '.join(ports)}, then the parameters, then a format for every port "
        "by name. Returns words in the smallest signed container of their format; an operation "
        "with several outputs returns them by port."
    )
    return oracle


add = _function("add")
affine = _function("affine")
agreement = _function("agreement")
argmax = _function("argmax")
conv2d = _function("conv2d")
dense = _function("dense")
dynamic_routing = _function("dynamic_routing")
isqrt = _function("isqrt")
layout = _function("layout")
length = _function("length")
quantize = _function("quantize")
relu = _function("relu")
requantize = _function("requantize")
rescale = _function("rescale")
softmax = _function("softmax")
squash = _function("squash")
votes = _function("votes")
weighted_sum = _function("weighted_sum")
