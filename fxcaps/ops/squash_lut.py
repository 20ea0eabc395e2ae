"""squash by a table of factors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Self

from fxcaps.ops.cost import Cost, word_bits
from fxcaps.ops.operation import Arithmetic
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.squash_base import (
    SummedSquares,
    factor_bits,
    factor_products,
    integer_bits,
    lifted_frac,
    norm_bits,
    squares_cost,
)
from fxcaps.types import Format, Rounding

_TABLE_BITS = 10
"""Entries that `fit` chooses are at most 2**10: one block RAM of 18 bits on common FPGAs."""

_WORD_BITS = 16
"""Fraction bits that `fit` gives a table word at the most, for the same memory."""

_REACH_BITS = 2
"""`fit` covers norms up to four times the largest component, the most that 16 of them have."""


class TableSource(StrEnum):
    """What indexes a table; `N` is the sum of squares.

    Source: specification page `ops/squash.md`, clause SQ-9.
    """

    SQUARES = "squares"
    """`N` itself."""

    NORM = "norm"
    """The integer root of `N`, with guard bits."""

    NORMALISED = "normalised"
    """Exponent and mantissa of `N` as a power of four times a mantissa from 1 to below 4."""


class OutOfRange(StrEnum):
    """What an index beyond the table gives.

    Source: specification page `ops/squash.md`, clause SQ-10.
    """

    CLAMP = "clamp"
    ZERO = "zero"
    REJECT = "reject"


@dataclass(frozen=True, kw_only=True)
class SquashLut(SummedSquares):
    """Squash with a factor from a table, interpolated or not.

    Args:
        accumulator: register of the sum of squares; its fraction is that of the products.
        source: what indexes the table.
        guard: extra fraction bits of the root for `norm`, bits of the mantissa for
            `normalised`; at least 0, and 0 for `squares`.
        offset: taken from the source before the shift.
        shift: right shift of the difference to the index, floored; negative for left.
        out_of_range: what an index beyond the table gives.
        table: words of the factor, index ascending.
        table_format: of the words and of what interpolation makes of them.
        slopes: one for each entry, or none.
        slope_shift: right shift of slope times rest to steps of the table; negative for left.
        slope_rounding: of that product.
        rounding: of the product of component and factor.
        overflow: of the rounded product.

    Source: specification page `ops/squash.md`.
    """

    algorithm: ClassVar[str] = "lut"

    source: TableSource = TableSource.NORM
    guard: int = 0
    offset: int = 0
    shift: int = 0
    out_of_range: OutOfRange = OutOfRange.CLAMP
    table: tuple[int, ...]
    table_format: Format
    slopes: tuple[int, ...] = ()
    slope_shift: int = 0
    slope_rounding: Rounding = Rounding.TIES_TO_POS_INF

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.guard >= 0, f"guard must not be negative, found {self.guard}")
        self.require(
            self.guard == 0 or self.source is not TableSource.SQUARES,
            f"guard must be 0 for the source squares, found {self.guard}",
        )
        self.require(
            len(self.slopes) in (0, len(self.table)),
            f"{len(self.table)} entries need as many slopes or none, found {len(self.slopes)}",
        )
        require_table(self, self.table, self.table_format)

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`: a table over the norm, no slopes.

        An entry is the factor in the middle of its cell. With cells of 2**-i a component is off
        by 2**(out.frac - i - 3) output steps at the most, a quarter where 1,024 entries suffice:
        n times the slope of n / (1 + n**2) never exceeds 1/4.
        """
        frac, cells = lifted_frac(x), Cells.fit(x, out)
        guard = max(0, cells.index_frac - frac)
        return cls(
            guard=guard,
            shift=frac + guard - cells.index_frac,
            table=factor_words(cells.word_bits, cells.centres(), cells.index_frac + 1),
            table_format=Format(False, cells.word_bits, cells.word_bits),
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """A square and a product for each component; a root only for the source `norm`.

        The rest that a slope multiplies is what the shift drops.
        """
        x, slopes = inputs["x"], self.slopes
        slope_bits = word_bits(slopes) if slopes else 0
        interpolated = slopes and self.shift > 0
        return squares_cost(
            x,
            dim,
            (1 if interpolated else 0, slope_bits, self.shift),
            factor_products(x, dim, self.table_format),
            table_bits=len(self.table) * self.table_format.width + len(slopes) * slope_bits,
            root_cycles=(norm_bits(x, dim, self.guard) if self.source is TableSource.NORM else 0),
        )


@dataclass(frozen=True, slots=True)
class Cells:
    """How `fit` divides norms into cells of equal size from 0.

    Args:
        bits: 2**bits cells.
        index_frac: a cell is 2**-index_frac wide.
        word_bits: fraction bits of a factor.
    """

    bits: int
    index_frac: int
    word_bits: int

    @classmethod
    def fit(cls, x: Format, out: Format, finest: int | None = None) -> Self:
        """Cells for components of format `x`, no narrower than 2**-finest."""
        reach = integer_bits(x) + _REACH_BITS
        bits = min(out.frac - 1 + reach, _TABLE_BITS)
        if finest is not None:
            bits = min(bits, finest + reach)
        bits = max(0, bits)
        return cls(bits, bits - reach, min(factor_bits(x, out), _WORD_BITS))

    def centres(self) -> range:
        """The middles of the cells, with `index_frac + 1` fraction bits."""
        return range(1, 2 << self.bits, 2)


def factor_words(frac: int, norms: Iterable[int], norm_frac: int) -> tuple[int, ...]:
    """Words of `n / (1 + n**2)` with `frac` fraction bits, rounded to nearest, ties upwards.

    Args:
        frac: of the words, not negative.
        norms: words of n, not negative.
        norm_frac: their fraction bits, of either sign.

    All in integers, so that a table is the same on every machine.
    """
    up, one = max(-norm_frac, 0), 1 << 2 * max(norm_frac, 0)
    words = []
    for norm in norms:
        n = norm << up
        numerator, denominator = n << frac + max(norm_frac, 0), one + n * n
        words.append((2 * numerator + denominator) // (2 * denominator))
    return tuple(words)


def require_table(params: Parameters, table: tuple[int, ...], format: Format) -> None:
    """Reject an empty table and a word outside its format."""
    params.require(len(table) > 0, "the table must not be empty")
    for k, word in enumerate(table):
        params.require(
            format.contains(word),
            f"table[{k}] = {word} is outside {format} [{format.min}, {format.max}]",
        )
