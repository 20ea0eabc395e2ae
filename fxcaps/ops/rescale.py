"""rescale: a multiplier and a shift, as other people's integer kernels scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from fxcaps.ops.elementwise import ChannelWise
from fxcaps.ops.operation import Formats, Signatures
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.types import Format, Overflow, Reason, Rejection

REGISTER = Format(signed=True, width=32, frac=0)
"""The register of the foreign kernels for words, multipliers and the high half."""

HIGH = REGISTER.width - 1
"""Bits below the doubled high half of a product of two registers."""


@dataclass(frozen=True, kw_only=True)
class Rescaling(Parameters):
    """What the algorithms share: word times `multiplier`, right by `shift`.

    Args:
        multiplier: one for all words, or one for each position of the last axis; 32-bit signed.
        shift: as many; bits to the right in all.
        overflow: of the rounded value.
    """

    operation: ClassVar[str] = "rescale"
    least_multiplier: ClassVar[int] = REGISTER.min
    least_shift: ClassVar[int] = 1
    most_shift: ClassVar[int] = 2 * HIGH

    multiplier: tuple[int, ...]
    shift: tuple[int, ...]
    overflow: Overflow = Overflow.SATURATE

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(
            len(self.multiplier) == len(self.shift) > 0,
            f"needs as many multipliers as shifts and at least one, found {len(self.multiplier)} "
            f"and {len(self.shift)}",
        )
        for value in self.multiplier:
            self.require(
                self.least_multiplier <= value <= REGISTER.max,
                f"multiplier must be {self.least_multiplier} to {REGISTER.max}, found {value}",
            )
        for value in self.shift:
            self.require(
                self.least_shift <= value <= self.most_shift,
                f"shift must be {self.least_shift} to {self.most_shift}, found {value}",
            )

    @property
    def channels(self) -> int:
        """Entries; one stands for every channel."""
        return len(self.shift)


@dataclass(frozen=True, kw_only=True)
class RescaleSingle(Rescaling):
    """One rounding of the full product, `ties_to_pos_inf`.

    Args:
        multiplier: one, or one for each position of the last axis; 32-bit signed.
        shift: as many, each 1 to 62.
        overflow: of the rounded value.

    Source: specification page `ops/rescale.md`; TOSA 1.0 `apply_scale_32` with SINGLE_ROUND,
    TensorFlow Lite `MultiplyByQuantizedMultiplier` with TFLITE_SINGLE_ROUNDING.
    """

    algorithm: ClassVar[str] = "single"


@dataclass(frozen=True, kw_only=True)
class RescaleDouble(Rescaling):
    """The doubled high half of the product, rounded, then the rest of the shift, rounded again.

    Args:
        multiplier: one, or one for each position of the last axis; 32-bit signed.
        shift: as many, each 1 to 62; below 31 the words are shifted left first.
        overflow: of the rounded value.

    Source: specification page `ops/rescale.md`; gemmlowp `SaturatingRoundingDoublingHighMul` and
    `RoundingDivideByPOT` as TensorFlow Lite's `MultiplyByQuantizedMultiplier` joins them.
    """

    algorithm: ClassVar[str] = "double"


@dataclass(frozen=True, kw_only=True)
class RescaleTosaDouble(Rescaling):
    """One shift of the full product with a constant that makes it round as `double` does.

    Args:
        multiplier: one, or one for each position of the last axis; 0 to 2**31 - 1.
        shift: as many, each 2 to 62.
        overflow: of the rounded value.

    Source: specification page `ops/rescale.md`; TOSA 1.0 `apply_scale_32` with DOUBLE_ROUND.
    """

    algorithm: ClassVar[str] = "tosa_double"
    least_multiplier: ClassVar[int] = 0
    least_shift: ClassVar[int] = 2


class RescaleOperation(ChannelWise):
    """Words of `x`, multiplied and shifted, as words of `out`; both have one fraction."""

    name = "rescale"
    algorithms = (RescaleSingle, RescaleDouble, RescaleTosaDouble)

    def check_formats(self, params: Rescaling, inputs: Signatures, formats: Formats) -> None:
        """Words are scaled, not formats; registers of the foreign kernels have 32 bits."""
        x, out = inputs["x"].format, formats["out"]
        if out.frac != x.frac:
            raise Rejection(
                Reason.FORMAT_MISMATCH,
                f"rescale scales words: out must have {x.frac} fraction bits like x {x}, "
                f"found {out}",
            )
        if isinstance(params, RescaleSingle):
            return
        left = max(HIGH - min(params.shift), 0) if isinstance(params, RescaleDouble) else 0
        if x.max << left > REGISTER.max or x.min << left < REGISTER.min:
            raise Rejection(
                Reason.FORMAT_MISMATCH,
                f"{params.title()}: words of {x}, shifted left by {left}, exceed a signed "
                f"register of {REGISTER.width} bits",
            )

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:
        """Unsigned words stay so unless a multiplier is negative."""
        kept = not inputs["x"].signed and min(params.multiplier) >= 0
        return frozenset({"out"}) if kept else frozenset()


RESCALE = register(RescaleOperation())
