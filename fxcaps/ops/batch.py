"""What crosses between engine and executor: batches of words with a format beside them.

Arrays are NumPy arrays of signed integers that hold every word of the format, from `int8` to
`int64`; what other packages register is given `int64`. This package does not import NumPy, so
arrays are typed loosely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from fxcaps.types import Event, Format

EVENT_CODES = {event: code for code, event in enumerate(Event)}
"""Position of each kind of event in an event array."""


class Words(NamedTuple):
    """An integer array and its format; non-constant ports have a leading batch axis.

    `first` is the index of the batch's first image in its data set.
    """

    array: Any
    format: Format
    first: int = 0


@dataclass(slots=True)
class Result:
    """What an engine function returns.

    Args:
        outputs: `(N, ...)` words by output port.
        events: `(N, 4, 2)` by output port: count and first flat index (-1: none) of each kind.
        undecided: `(N)`, true for rows that only the specification can compute.
    """

    outputs: dict[str, Any]
    events: dict[str, Any]
    undecided: Any
