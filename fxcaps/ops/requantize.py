"""requantize: a power-of-two move of words from one format to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxcaps.ops.elementwise import Elementwise
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.registry import register


@dataclass(frozen=True, kw_only=True)
class Requantize(Narrowing):
    """Shift by the difference of the fractions; a right shift rounds, then overflow.

    Args:
        rounding: of the bits that a right shift drops.
        overflow: of the shifted value.

    Source: specification page `ops/requantize.md`.
    """

    operation: ClassVar[str] = "requantize"


class RequantizeOperation(Elementwise):
    """Words of `x` as words of `out`."""

    name = "requantize"
    algorithms = (Requantize,)


REQUANTIZE = register(RequantizeOperation())
