"""Accumulators: the register in which products are summed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fxcaps.types.format import Format
from fxcaps.types.order import Order, Pairwise, Sequential, Tile, Tree
from fxcaps.types.overflow import Overflow
from fxcaps.types.rejection import Reason, Rejection
from fxcaps.types.rounding import Rounding


class Check(StrEnum):
    """When an accumulator handles overflow.

    Source: specification page `accumulators.md`, clauses ACC-3 to ACC-5.
    """

    EXACT = "exact"
    FINAL = "final"
    PER_STEP = "per_step"


class RoundAt(StrEnum):
    """Where a sum loses its fraction bits: in each product, in each addition, or at its end."""

    PRODUCT = "product"
    SUM = "sum"
    END = "end"


class Init(StrEnum):
    """What a sum has besides its products."""

    ZERO = "zero"
    BIAS = "bias"
    BIAS_AND_HALF = "bias_and_half"


class BiasAt(StrEnum):
    """Whether the bias is in the register before the first product or joins after the last."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accumulator:
    """The register that holds a running sum of products.

    Args:
        format: width and sign of the register; its fraction is that of what it adds, or with
            `round_at = sum` at most that. `None` is the unbounded integer.
        overflow: what `final` and `per_step` do with a sum that does not fit.
        check: `exact` asserts that no partial sum overflows and rejects one that does;
            `final` applies `overflow` once to the complete sum; `per_step` after every addition.
        round_at: `end`, full precision until the operation's own narrowing; `product`, every
            product is narrowed to `product` before it is added; `sum`, every sum of register and
            addend is rounded to the register's fraction.
        product: format of a narrowed product, with `round_at = product` only.
        rounding: of a product or a sum, as `round_at` says.
        product_overflow: of a rounded product.
        init: the bias, the bias and half an output step (rounding by a later floor), or neither.
        bias_at: before the first product or after the last.
        order: in which products meet the register.
        tile: partial sums that are written out and read back; `None` keeps them in the register.

    Rejects with `PARAMETER_INVALID` what contradicts itself: `overflow = reject`, which is what
    `exact` is for; a bounded check or rounded sums without a format; `product` without
    `round_at = product` or the other way; bounded inner nodes with `check = final`.

    Source: specification page `accumulators.md`.
    """

    format: Format | None = None
    overflow: Overflow = Overflow.SATURATE
    check: Check = Check.EXACT
    round_at: RoundAt = RoundAt.END
    product: Format | None = None
    rounding: Rounding = Rounding.TIES_TO_POS_INF
    product_overflow: Overflow = Overflow.SATURATE
    init: Init = Init.BIAS
    bias_at: BiasAt = BiasAt.FIRST
    order: Order = Sequential()
    tile: Tile | None = None

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            if not isinstance(getattr(self, name), kind):
                raise _invalid(f"{name} is {getattr(self, name)!r}, which is not of its type")
        if Overflow.REJECT in (self.overflow, self.product_overflow):
            raise _invalid("an accumulator that rejects overflow is written check=exact")
        if self.format is None and self.check is not Check.EXACT:
            raise _invalid(f"check={self.check.value} needs a format")
        if self.format is None and self.round_at is RoundAt.SUM:
            raise _invalid("round_at=sum needs a format")
        if (self.product is not None) != (self.round_at is RoundAt.PRODUCT):
            raise _invalid("a product format goes with round_at=product, and with nothing else")
        if self.check is Check.FINAL and self.node is not None:
            raise _invalid("check=final looks at the complete sum only, not at inner nodes")
        spill = None if self.tile is None else (self.tile.spill, self.tile.overflow)
        held = (self.format, self.overflow), (self.product, self.product_overflow), spill
        for format, overflow in (*filter(None, held), (self.node, self.overflow)):
            if overflow is Overflow.SATURATE_SYMMETRIC and format and _is_one_signed_bit(format):
                raise _invalid("saturate_symmetric has no word but 0 at one signed bit")

    @property
    def anchored(self) -> bool:
        """Every partial sum contains the bias: no groups, no spills, and it comes first."""
        single = self.tile is None and not isinstance(self.order, Pairwise | Tree)
        return single and self.bias_at is BiasAt.FIRST

    @property
    def node(self) -> Format | None:
        """The format of the sums inside groups and trees."""
        return self.order.node if isinstance(self.order, Pairwise | Tree) else None

    def addend_frac(self, products: int) -> int:
        """Fraction bits of what is added, given those of full-precision products."""
        return products if self.product is None else self.product.frac

    def frac(self, products: int) -> int:
        """Fraction bits of the register, given those of full-precision products."""
        if self.round_at is RoundAt.SUM and self.format is not None:
            return self.format.frac
        return self.addend_frac(products)

    def half(self, products: int, out: int) -> int:
        """Half a step of the output in steps of the register, 0 where nothing is dropped."""
        if self.init is not Init.BIAS_AND_HALF:
            return 0
        return (1 << max(self.frac(products) - out, 0)) >> 1


_KINDS = {
    "format": Format | None,
    "overflow": Overflow,
    "check": Check,
    "round_at": RoundAt,
    "product": Format | None,
    "rounding": Rounding,
    "product_overflow": Overflow,
    "init": Init,
    "bias_at": BiasAt,
    "order": Order,
    "tile": Tile | None,
}


def _is_one_signed_bit(format: Format) -> bool:
    return format.signed and format.width == 1


def _invalid(message: str) -> Rejection:
    return Rejection(Reason.PARAMETER_INVALID, f"accumulator: {message}")
