"""softmax: coupling coefficients from routing logits."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fxcaps.ops.elementwise import FittedLastAxis, FittedParameters
from fxcaps.ops.operation import Arithmetic, Formats
from fxcaps.ops.registry import register
from fxcaps.types import Format

_TABLE_ENTRIES = 1024
"""Largest table that `fit` chooses: one block RAM of 18 bits on common FPGAs."""

_TABLE_FRACTION = 15
"""Most fraction bits that `fit` gives a table word: the word and its leading one fill 16."""


@dataclass(frozen=True, kw_only=True)
class SoftmaxExact(FittedParameters):
    """`c[j] = exp(b[j]) / sum over k of exp(b[k])`, correctly rounded for every input.

    Args:
        rounding: of the real value.
        overflow: of the rounded value.

    Source: specification page `ops/softmax.md`; Sabour et al. 2017, equation 3.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "exact"

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """Parameters for words of format `x` and `out`."""
        return cls(rounding=arithmetic.rounding, overflow=arithmetic.overflow)


@dataclass(frozen=True, kw_only=True)
class SoftmaxLut(FittedParameters):
    """Softmax with a table of exponentials and one integer division a coefficient.

    The difference to the largest logit, floored to `index_frac` fraction bits and clamped to
    the last entry, indexes the table; each entry is divided by the sum of all.

    Args:
        table: words of exp(-k * 2**-index_frac), k ascending, not negative, the first positive.
        index_frac: fraction bits of the table's index; may be negative.
        rounding: of the quotient.
        overflow: of the rounded quotient.

    Source: specification page `ops/softmax.md`.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "lut"

    table: tuple[int, ...]
    index_frac: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(len(self.table) > 0 and self.table[0] > 0, "table[0] must be positive")
        self.require(min(self.table) >= 0, "table words must not be negative")

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`.

        Table words have two fraction bits more than the output, so that an entry's rounding
        stays below a quarter of an output step; the index drops logit bits only where the
        table would exceed 1,024 entries. The last entry is the first that rounds to zero.
        """
        frac = max(1, min(out.frac + 2, _TABLE_FRACTION))
        index_frac = x.frac
        # exp(-d) < 2**-(frac + 1) for d >= 0.7 * (frac + 1): beyond it every entry is zero.
        while _span(frac, index_frac) > _TABLE_ENTRIES:
            index_frac -= 1
        table = exponential_table(frac, index_frac, _span(frac, index_frac))
        return cls(
            table=table[: table.index(0) + 1],
            index_frac=index_frac,
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )


def _span(frac: int, index_frac: int) -> int:
    """Entries up to the first zero: d of at least 0.7 * (frac + 1), one entry at the least."""
    tenths = 7 * (frac + 1)
    scaled = tenths << index_frac if index_frac >= 0 else tenths >> -index_frac
    return scaled // 10 + 2


def exponential_table(frac: int, index_frac: int, entries: int) -> tuple[int, ...]:
    """Words of exp(-k * 2**-index_frac) with `frac` fraction bits, rounded to nearest.

    Decimal arithmetic of 60 digits, so that the table is the same on every machine.
    """
    with decimal.localcontext(decimal.Context(prec=60, rounding=decimal.ROUND_HALF_EVEN)):
        step = decimal.Decimal(2) ** -index_frac
        one = decimal.Decimal(1 << frac)
        words = (one * (-step * k).exp() for k in range(entries))
        return tuple(int(word.to_integral_value(decimal.ROUND_HALF_EVEN)) for word in words)


class SoftmaxOperation(FittedLastAxis):
    """Logits along the last axis of `x` (output capsules)."""

    name = "softmax"
    algorithms = (SoftmaxExact, SoftmaxLut)

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """Coefficients are not negative."""
        return frozenset({"out"})


SOFTMAX = register(SoftmaxOperation())
