"""Softmax from words of exponentials: the sum they share, and the table algorithms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fxcaps.ops.cost import Cost, products, word_bits
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.ops.exponential import TABLE_FRACTION, exponential_table, fitted_index, span
from fxcaps.ops.operation import Arithmetic
from fxcaps.ops.sums import Interval, partial_sums
from fxcaps.types import Accumulator, Format, Overflow, Rounding


@dataclass(frozen=True, kw_only=True)
class SummedExponentials(FittedParameters):
    """Parameters of an algorithm that sums words of exponentials.

    Args:
        accumulator: register of the sum; its fraction is that of the words.
    """

    accumulator: Accumulator = Accumulator()

    @property
    @abstractmethod
    def exp_frac(self) -> int:
        """Fraction bits of the words that are summed."""

    @abstractmethod
    def largest_words(self, x: Format) -> tuple[int, int]:
        """The word of the largest logit, and the largest word of any logit of format `x`."""

    def interval(self, x: Format, count: int) -> Interval:
        """Range of every partial sum over `count` logits, one of which is the largest."""
        first, largest = self.largest_words(x)
        ends = 0, first + (count - 1) * largest
        frac = self.exp_frac
        return partial_sums(self.accumulator, ends, count, frac=frac, out=frac)


@dataclass(frozen=True, kw_only=True)
class TableExponentials(SummedExponentials):
    """Parameters of an algorithm that reads exponentials from a table.

    Args:
        table: words of exp(-k * 2**-index_frac), k ascending, not negative, the first positive.
        index_frac: fraction bits of the table's index; may be negative.
        exp: format that holds every table word; `None` for integers of any size.
        largest_distance: what a larger difference to the largest logit counts as, in logit
            steps; `None` where only the end of the table limits it.
    """

    table: tuple[int, ...]
    index_frac: int
    exp: Format | None = None
    largest_distance: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(len(self.table) > 0 and self.table[0] > 0, "table[0] must be positive")
        self.require(min(self.table) >= 0, "table words must not be negative")
        if self.exp is not None:
            largest = max(self.table)
            self.require(
                self.exp.contains(largest),
                f"table word {largest} is outside exp {self.exp} [{self.exp.min}, {self.exp.max}]",
            )
        self.require((self.largest_distance or 0) >= 0, "largest_distance must not be negative")

    @property
    def exp_frac(self) -> int:
        """Fraction bits of the table words; 0 where they have no format."""
        return 0 if self.exp is None else self.exp.frac

    @property
    def table_bits(self) -> int:
        """Entries times the bits of the largest word."""
        return len(self.table) * word_bits(self.table)

    def farthest(self, x: Format) -> int:
        """The largest distance between two logits of format `x` that counts."""
        spread = x.max - x.min
        return spread if self.largest_distance is None else min(spread, self.largest_distance)

    def largest_words(self, x: Format) -> tuple[int, int]:
        """The first entry, and the largest up to the farthest distance."""
        shift = self.index_frac - x.frac
        farthest = self.farthest(x)
        last = farthest << shift if shift >= 0 else farthest >> -shift
        return self.table[0], max(self.table[: last + 1])


@dataclass(frozen=True, kw_only=True)
class SoftmaxLut(TableExponentials):
    """Softmax with a table of exponentials and one integer division a coefficient.

    The difference to the largest logit, clamped, floored to `index_frac` fraction bits and
    clamped to the last entry, indexes the table; each entry is divided by the sum of all.

    Args:
        table: words of exp(-k * 2**-index_frac), k ascending, not negative, the first positive.
        index_frac: fraction bits of the table's index; may be negative.
        exp: format that holds every table word; `None` for integers of any size.
        largest_distance: what a larger difference counts as, in logit steps, or `None`.
        accumulator: register of the sum of entries; its fraction is that of `exp`, or 0.
        rounding: of the quotient.
        overflow: of the rounded quotient.

    Source: specification page `ops/softmax.md`.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "lut"

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`.

        Table words have two fraction bits more than the output, so that an entry's rounding
        stays below a quarter of an output step; the index drops logit bits only where the
        table would exceed 1,024 entries. The last entry is the first that rounds to zero, so
        that no smaller largest distance is needed.
        """
        return cls(
            **_fitted_table(x, out), rounding=arithmetic.rounding, overflow=arithmetic.overflow
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """A table, and a division for each coefficient."""
        return Cost(table_bits=self.table_bits, divider_cycles=dim * coefficient_cycles(out))


@dataclass(frozen=True, kw_only=True)
class SoftmaxLutReciprocal(TableExponentials):
    """Softmax with a table of exponentials and one reciprocal a vector.

    The sum of the entries is inverted once and narrowed to the format `reciprocal`; each entry
    is multiplied by it.

    Args:
        table: as of `SoftmaxLut`, and so `index_frac`, `exp` and `largest_distance`.
        accumulator: register of the sum of entries; its fraction is that of `exp`, or 0.
        reciprocal: unsigned format of the sum's reciprocal.
        reciprocal_rounding: of the reciprocal.
        reciprocal_overflow: of the rounded reciprocal.
        rounding: of the product.
        overflow: of the rounded product.

    Source: specification page `ops/softmax.md`.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "lut_reciprocal"

    reciprocal: Format
    reciprocal_rounding: Rounding = Rounding.TIES_TO_POS_INF
    reciprocal_overflow: Overflow = Overflow.SATURATE

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(
            not self.reciprocal.signed, f"reciprocal must be unsigned, found {self.reciprocal}"
        )

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`.

        The table of `SoftmaxLut.fit`. The sum is at least 1, so that its reciprocal is at most
        1; two fraction bits more than the output keep the error of a product of an entry of at
        most 1 below a quarter of an output step.
        """
        frac = max(0, out.frac + 2)
        return cls(
            **_fitted_table(x, out),
            reciprocal=Format(False, frac + 1, frac),
            reciprocal_rounding=arithmetic.rounding,
            reciprocal_overflow=arithmetic.overflow,
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """A table, one division for the reciprocal, which one more bit rounds, and products."""
        return Cost(
            multiplications=products((dim, word_bits(self.table), self.reciprocal.width)),
            table_bits=self.table_bits,
            divider_cycles=self.reciprocal.width + 1,
        )


def coefficient_cycles(out: Format) -> int:
    """Quotient bits of a coefficient: one before the binary point, as it may be 1, and rounding."""
    return max(out.frac, 0) + 2


def _fitted_table(x: Format, out: Format) -> dict[str, Any]:
    """Table words up to the first zero, and their formats."""
    frac = max(1, min(out.frac + 2, TABLE_FRACTION))
    index_frac = fitted_index(frac, x.frac)
    table = exponential_table(frac, index_frac, span(frac, index_frac))
    return {
        "table": table[: table.index(0) + 1],
        "index_frac": index_frac,
        "exp": Format(False, frac + 1, frac),
    }
