"""Static ranges of sums, remembered for words that many Programs share."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.ops import Parameters, operation_of
from fxcaps.ops.operation import Formats, Signatures
from fxcaps.ops.sums import Interval

_KEPT = 256
"""Steps that are remembered, those of some dozen Programs; an entry is a few numbers."""


class _Given:
    """What the spans of a step depend on, equal where its key is."""

    def __init__(
        self,
        params: Parameters,
        inputs: Signatures,
        formats: Formats,
        words: Mapping[str, NDArray[Any]],
    ) -> None:
        self.params, self.inputs, self.formats, self.words = params, inputs, formats, words
        marks = {
            port: blake2b(np.ascontiguousarray(array, dtype=np.int64).data).digest()
            for port, array in words.items()
        }
        self.key = repr(params), *(tuple(sorted(d.items())) for d in (inputs, formats, marks))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Given) and self.key == other.key


def spans(
    params: Parameters, inputs: Signatures, formats: Formats, words: Mapping[str, NDArray[Any]]
) -> dict[str, Interval]:
    """Smallest and largest partial sum of a step, by output port.

    Args:
        params: of the step.
        inputs: shapes and formats of the inputs by port.
        formats: of the outputs by port.
        words: of the constant inputs by port.
    """
    found = _spans(_Given(params, inputs, formats, words))
    return dict(found)


@lru_cache(maxsize=_KEPT)
def _spans(given: _Given) -> tuple[tuple[str, Interval], ...]:
    constants = {port: array.ravel().tolist() for port, array in given.words.items()}
    given.words = {}  # the key keeps their digest; what is remembered shall not hold the arrays
    found = operation_of(given.params).intervals(
        given.params, given.inputs, given.formats, constants
    )
    return tuple(
        (port, (min(span[0] for span in each), max(span[1] for span in each)))
        for port, each in found.items()
    )
