"""Accumulators: the register in which products are summed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fxcaps.types.format import Format
from fxcaps.types.overflow import Overflow
from fxcaps.types.rejection import Reason, Rejection


class Check(StrEnum):
    """When an accumulator handles overflow.

    Source: specification page `accumulators.md`, clauses ACC-3 to ACC-5.
    """

    EXACT = "exact"
    FINAL = "final"
    PER_STEP = "per_step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulator:
    """The register that holds a running sum of full-precision products.

    Args:
        format: width and sign of the register; its fraction must be that of the products.
            `None` is the unbounded integer, which never overflows.
        overflow: what `final` and `per_step` do with a sum that does not fit.
        check: `exact` asserts that no partial sum overflows and rejects one that does;
            `final` applies `overflow` once to the complete sum; `per_step` after every addition.

    The bias enters first, aligned to the products' fraction by a left shift; products follow in
    sequential order. Rejects `overflow = reject`, which is what `exact` is for, and a bounded
    check without a format, with `PARAMETER_INVALID`.

    Source: specification page `accumulators.md`.
    """

    format: Format | None = None
    overflow: Overflow = Overflow.SATURATE
    check: Check = Check.EXACT

    def __post_init__(self) -> None:
        expected = (("overflow", Overflow), ("check", Check), ("format", Format | None))
        for name, kind in expected:
            if not isinstance(getattr(self, name), kind):
                raise _invalid(f"{name} is {getattr(self, name)!r}, which is not of its type")
        if self.overflow is Overflow.REJECT:
            raise _invalid("an accumulator that rejects overflow is written check=exact")
        if self.format is None and self.check is not Check.EXACT:
            raise _invalid(f"check={self.check.value} needs a format")
        if self.overflow is Overflow.SATURATE_SYMMETRIC and self.format == Format(
            True, 1, self.format.frac if self.format else 0
        ):
            raise _invalid("saturate_symmetric has no word but 0 at one signed bit")


def _invalid(message: str) -> Rejection:
    return Rejection(Reason.PARAMETER_INVALID, f"accumulator: {message}")
