"""quantize: integers of a sensor or an image file become words, scaled by an exact rational."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxcaps.ops.elementwise import Elementwise
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.registry import register


@dataclass(frozen=True, kw_only=True)
class Quantize(Narrowing):
    """Scale by `numerator / denominator`, then round and handle overflow.

    Args:
        numerator: at least 1.
        denominator: at least 1; pixels of 0..255 that stand for 0..1 have 1/255.
        rounding: of the scaled value.
        overflow: of the rounded value.

    Source: specification page `ops/quantize.md`.
    """

    operation: ClassVar[str] = "quantize"

    numerator: int = 1
    denominator: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.numerator >= 1, f"numerator must be at least 1, found {self.numerator}")
        self.require(
            self.denominator >= 1, f"denominator must be at least 1, found {self.denominator}"
        )


class QuantizeOperation(Elementwise):
    """Words of `x`, scaled, as words of `out`."""

    name = "quantize"
    structure = frozenset({"numerator", "denominator"})
    algorithms = (Quantize,)


QUANTIZE = register(QuantizeOperation())
