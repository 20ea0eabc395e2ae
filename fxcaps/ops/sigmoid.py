"""sigmoid: the logistic function of single words, the output of a decoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fxcaps.ops.cost import Cost, word_bits
from fxcaps.ops.elementwise import FittedElementwise, FittedParameters
from fxcaps.ops.exponential import TABLE_FRACTION, fitted_index, sigmoid_table, span
from fxcaps.ops.operation import Arithmetic, Formats
from fxcaps.ops.registry import register
from fxcaps.types import Format


@dataclass(frozen=True, kw_only=True)
class SigmoidExact(FittedParameters):
    """`1 / (1 + exp(-x))`, correctly rounded for every input.

    Args:
        rounding: of the real value.
        overflow: of the rounded value.

    Source: specification page `ops/sigmoid.md`.
    """

    operation: ClassVar[str] = "sigmoid"
    algorithm: ClassVar[str] = "exact"

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """Parameters for words of format `x` and `out`."""
        return cls(rounding=arithmetic.rounding, overflow=arithmetic.overflow)


@dataclass(frozen=True, kw_only=True)
class SigmoidLut(FittedParameters):
    """Sigmoid with a table over the magnitude; a negative input takes the rest to one.

    The magnitude, floored to `index_frac` fraction bits and clamped to the last entry, indexes
    the table.

    Args:
        table: words of the sigmoid of k * 2**-index_frac, k ascending, from 0 to one.
        index_frac: fraction bits of the table's index; may be negative.
        table_frac: fraction bits of the table words, at least 0.
        rounding: of the entry to the output format.
        overflow: of the rounded entry.

    Source: specification page `ops/sigmoid.md`.
    """

    operation: ClassVar[str] = "sigmoid"
    algorithm: ClassVar[str] = "lut"

    table: tuple[int, ...]
    index_frac: int
    table_frac: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(len(self.table) > 0, "the table is empty")
        self.require(self.table_frac >= 0, "table_frac must not be negative")
        one = 1 << self.table_frac
        outside = [word for word in self.table if not 0 <= word <= one]
        self.require(not outside, f"table word {(*outside, 0)[0]} is outside [0, {one}]")

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`.

        Table words have two fraction bits more than the output; the index drops bits of the
        input only where the table would exceed 1,024 entries. The last entry is the first that
        rounds to one.
        """
        frac = max(1, min(out.frac + 2, TABLE_FRACTION))
        index_frac = fitted_index(frac, x.frac)
        table = sigmoid_table(frac, index_frac, span(frac, index_frac))
        return cls(
            table=table[: table.index(1 << frac) + 1],
            index_frac=index_frac,
            table_frac=frac,
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """A table."""
        return Cost(table_bits=len(self.table) * word_bits(self.table))


class SigmoidOperation(FittedElementwise):
    """Any tensor; every word on its own."""

    name = "sigmoid"
    algorithms = (SigmoidExact, SigmoidLut)

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """A sigmoid is not negative."""
        return frozenset({"out"})


SIGMOID = register(SigmoidOperation())
