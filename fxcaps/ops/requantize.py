"""requantize: a power-of-two move of words from one format to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxcaps.ops.elementwise import Elementwise
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.types import Overflow, Rounding


@dataclass(frozen=True, kw_only=True)
class Requantize(Parameters):
    """Shift by the difference of the fractions; a right shift rounds, then overflow.

    Args:
        rounding: of the bits that a right shift drops.
        overflow: of the shifted value.

    Source: specification page `ops/requantize.md`.
    """

    operation: ClassVar[str] = "requantize"

    rounding: Rounding = Rounding.TIES_TO_POS_INF
    overflow: Overflow = Overflow.SATURATE


class RequantizeOperation(Elementwise):
    """Words of `x` as words of `out`."""

    name = "requantize"
    algorithms = (Requantize,)


REQUANTIZE = register(RequantizeOperation())
