"""affine: an exact rational scale and offset for each channel, as batch normalisation folds to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from fxcaps.ops.elementwise import ChannelWise
from fxcaps.ops.operation import Formats
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.registry import register
from fxcaps.types import Reason, Rejection


class Ratio(Protocol):
    """A number that knows its exact numerator and denominator: integers, fractions, floats."""

    def as_integer_ratio(self) -> tuple[int, int]:
        """Numerator and positive denominator."""


@dataclass(frozen=True, kw_only=True)
class Affine(Narrowing):
    """`x * scale + offset` with exact rationals, rounded once.

    Args:
        scale_numerator: one for all words, or one for each position of the last axis.
        scale_denominator: as many, each at least 1.
        offset_numerator: as many.
        offset_denominator: as many, each at least 1.
        relu: take max(x, 0) first, for networks that normalise after their ReLU.
        rounding: of the exact value.
        overflow: of the rounded value.

    Source: specification page `ops/affine.md`.
    """

    operation: ClassVar[str] = "affine"

    scale_numerator: tuple[int, ...]
    scale_denominator: tuple[int, ...]
    offset_numerator: tuple[int, ...]
    offset_denominator: tuple[int, ...]
    relu: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        counts = [len(entries) for entries in self._entries]
        self.require(
            len(set(counts)) == 1 and counts[0] > 0,
            f"needs as many entries of each kind and at least one, found "
            f"{', '.join(map(str, counts))}",
        )
        for name in ("scale_denominator", "offset_denominator"):
            least = min(getattr(self, name))
            self.require(least >= 1, f"{name} must be at least 1, found {least}")

    @property
    def _entries(self) -> tuple[tuple[int, ...], ...]:
        return (
            self.scale_numerator,
            self.scale_denominator,
            self.offset_numerator,
            self.offset_denominator,
        )

    @property
    def channels(self) -> int:
        """Entries; one stands for every channel."""
        return len(self.scale_numerator)

    @classmethod
    def from_ratios(
        cls, scale: Iterable[Ratio], offset: Iterable[Ratio], *, relu: bool = False
    ) -> Self:
        """Parameters whose rationals are exactly the numbers given.

        Args:
            scale: one number, or one for each channel; a float counts as what it stands for.
            offset: as many.
            relu: take max(x, 0) first.

        Rejects what is not finite with `NOT_A_NUMBER`.
        """
        scales, offsets = _ratios(scale, "scale"), _ratios(offset, "offset")
        return cls(
            scale_numerator=tuple(n for n, _ in scales),
            scale_denominator=tuple(d for _, d in scales),
            offset_numerator=tuple(n for n, _ in offsets),
            offset_denominator=tuple(d for _, d in offsets),
            relu=relu,
        )


def _ratios(numbers: Iterable[Ratio], name: str) -> list[tuple[int, int]]:
    found = []
    for channel, number in enumerate(numbers):
        try:
            numerator, denominator = number.as_integer_ratio()
        except (OverflowError, ValueError):
            raise Rejection(
                Reason.NOT_A_NUMBER, f"affine: {name} of channel {channel} is {number}"
            ) from None
        found.append((int(numerator), int(denominator)))
    return found


class AffineOperation(ChannelWise):
    """Words of `x`, scaled and moved, as words of `out`."""

    name = "affine"
    structure = frozenset(
        {"scale_numerator", "scale_denominator", "offset_numerator", "offset_denominator", "relu"}
    )
    algorithms = (Affine,)

    def trained(self, params: Any) -> Mapping[str, int]:
        """What a batch normalisation has trained; its statistics are in the same numbers."""
        return {"scale": params.channels, "offset": params.channels}

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:
        """Nothing negative comes of numbers none of which is."""
        kept = params.relu or not inputs["x"].signed
        least = min(*params.scale_numerator, *params.offset_numerator)
        return frozenset({"out"}) if kept and least >= 0 else frozenset()


AFFINE = register(AffineOperation())
