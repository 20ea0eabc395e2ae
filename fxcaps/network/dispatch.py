"""Run one operation on a batch: the engine first, the specification for what it leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.ops import Parameters, operation_of
from fxcaps.ops.batch import EVENT_CODES, Result, Words
from fxcaps.types import Format, Log, Reason, Rejection, Signature, Tensor

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Tables:
    """The functions that an executor runs.

    Args:
        spec: operation name -> normative function.
        engine: operation name -> engine function; `None` runs everything on the specification.
    """

    spec: Mapping[str, Callable[..., dict[str, Tensor]]]
    engine: Mapping[str, Callable[..., Result]] | None = None


@dataclass(slots=True)
class Outcome:
    """Outputs and events of a batch, and how many rows the engine left to the specification."""

    outputs: dict[str, Ints]
    events: dict[str, Ints]
    undecided: int


def apply(
    params: Parameters,
    inputs: Mapping[str, Words],
    formats: Mapping[str, Format],
    tables: Tables,
) -> Outcome:
    """Compute an operation for a batch of images.

    Args:
        params: of the operation.
        inputs: words by port; ports that are not constant have a leading batch axis.
        formats: of the outputs by port.
        tables: where the functions are.
    """
    name = operation_of(params).name
    if name not in tables.spec or (tables.engine is not None and name not in tables.engine):
        raise Rejection(Reason.NAME_UNKNOWN, f"the tables have no operation {name!r}")
    if tables.engine is None:
        result = _left_open(params, inputs, formats)
        open_rows = list(range(len(result.undecided)))
    else:
        result = tables.engine[name](params, inputs, formats)
        open_rows = np.flatnonzero(result.undecided).tolist()
        result.outputs = {
            port: _writable(words, open_rows) for port, words in result.outputs.items()
        }
    for row in open_rows:
        _decide(params, inputs, formats, tables, result, row)
    decided = 0 if tables.engine is None else len(open_rows)
    return Outcome(result.outputs, result.events, decided)


def _decide(
    params: Parameters,
    inputs: Mapping[str, Words],
    formats: Mapping[str, Format],
    tables: Tables,
    result: Result,
    row: int,
) -> None:
    """Replace one row by the specification's words and events."""
    first = next(
        words.first for port, words in inputs.items() if port not in constant_ports(params)
    )
    log = Log(image=first + row)
    given = {
        port: _tensor(inputs[port], row, constant=port in constant_ports(params)) for port in inputs
    }
    made = tables.spec[params.operation](params, given, formats, log)
    for port, tensor in made.items():
        result.outputs[port][row] = np.array(tensor.words, np.int64).reshape(tensor.shape)
        result.events[port][row] = event_row(log, port)


def constant_ports(params: Parameters) -> frozenset[str]:
    """Ports whose tensors have no batch axis."""
    return frozenset(port.name for port in operation_of(params).inputs if port.constant)


def event_row(log: Log, port: str) -> Ints:
    """A sample's events of one tensor: count and first index (-1: none) by kind."""
    row = np.zeros((len(EVENT_CODES), 2), np.int64)
    row[:, 1] = -1
    for event, count in log.events.get(port, {}).items():
        row[EVENT_CODES[event]] = count.count, count.first
    return row


def _tensor(words: Words, row: int, *, constant: bool) -> Tensor:
    array = words.array if constant else words.array[row]
    return Tensor(array.shape, words.format, array.ravel().tolist())


def _left_open(
    params: Parameters, inputs: Mapping[str, Words], formats: Mapping[str, Format]
) -> Result:
    """A result of which the specification decides every row."""
    constant = constant_ports(params)
    signatures = {
        port: Signature(
            words.array.shape if port in constant else words.array.shape[1:], words.format
        )
        for port, words in inputs.items()
    }
    shapes = operation_of(params).guard(params, signatures, formats)
    batch = next(len(words.array) for port, words in inputs.items() if port not in constant)
    outputs = {port: np.zeros((batch, *shapes[port]), np.int64) for port in formats}
    events = {port: np.zeros((batch, len(EVENT_CODES), 2), np.int64) for port in formats}
    return Result(outputs, events, np.ones(batch, np.bool_))


def _writable(words: Any, rows: list[int]) -> Ints:
    """The array itself, or a copy where rows must be written into a view."""
    if not rows or (words.flags.owndata and words.flags.writeable):
        return np.asarray(words)
    return np.array(words)
