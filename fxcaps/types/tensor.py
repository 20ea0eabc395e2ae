"""Tensors of the specification: plain integers in C order with a format beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fxcaps.types.format import Format
from fxcaps.types.rejection import Reason, Rejection

Shape = tuple[int, ...]


class Signature(NamedTuple):
    """What is known of a tensor before its words: shape and format."""

    shape: Shape
    format: Format


@dataclass(frozen=True, slots=True)
class Tensor:
    """Words of one sample.

    Args:
        shape: extents, channels last; `()` is a scalar.
        format: format of every word.
        words: integers in C order (last axis fastest).

    Rejects negative extents and a wrong number of words (`SHAPE_MISMATCH`), words that are no
    integers (`DATA_INVALID`) and words outside the format (`WORD_OUT_OF_RANGE`).
    """

    shape: Shape
    format: Format
    words: Sequence[int]

    def __post_init__(self) -> None:
        if min(self.shape, default=0) < 0:
            raise Rejection(Reason.SHAPE_MISMATCH, f"shape {self.shape} has a negative extent")
        if not set(map(type, self.words)) <= {int}:
            word = next(w for w in self.words if type(w) is not int)
            raise Rejection(Reason.DATA_INVALID, f"words are integers, found {word!r}")
        size = math.prod(self.shape)
        if len(self.words) != size:
            raise Rejection(
                Reason.SHAPE_MISMATCH,
                f"shape {self.shape} needs {size} words, found {len(self.words)}",
            )
        if size and not (self.format.min <= min(self.words) and max(self.words) <= self.format.max):
            index = next(i for i, w in enumerate(self.words) if not self.format.contains(w))
            raise Rejection(
                Reason.WORD_OUT_OF_RANGE,
                f"word {self.words[index]} at index {index} is outside {self.format} "
                f"[{self.format.min}, {self.format.max}]",
            )

    @property
    def signature(self) -> Signature:
        """Shape and format."""
        return Signature(self.shape, self.format)


def signatures(tensors: Mapping[str, Tensor]) -> dict[str, Signature]:
    """Shapes and formats by name."""
    return {name: tensor.signature for name, tensor in tensors.items()}
