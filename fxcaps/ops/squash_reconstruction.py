"""squash as published designs approximate it, rebuilt from descriptions at second hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fxcaps.ops.cost import Cost, multiplier_bits, products
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.ops.operation import Arithmetic
from fxcaps.ops.squash_base import (
    SummedSquares,
    factor_products,
    lifted_frac,
    lifted_magnitude,
    norm_bits,
    squares_cost,
)
from fxcaps.ops.squash_lut import Cells, factor_words, require_table
from fxcaps.types import Format

_LOG2_E, _LOG2_E_BITS = 47274, 15
"""log2(e) = 1.44269504...; times 2**15 it is 47274.23, and the word is 2**-17 off."""


@dataclass(frozen=True, kw_only=True)
class SquashShiftReconstruction(SummedSquares):
    """Squash with shifts alone: the factor is a power of two from the norm's leading one.

    A norm from 2**j to below 2**(j + 1) has the factor 2**j where j is negative, 2**(-j - 1)
    otherwise; so no vector becomes as long as 1. A reconstruction of the squash of a capsule
    network with shift routing (Yang 2021), whose formula was not at hand: the natural one, and
    not known to be theirs.

    Args:
        accumulator: register of the sum of squares; its fraction is that of the products.
        offset: added to the exponent of the factor.
        rounding: of the shifted component.
        overflow: of the rounded component.

    Source: specification page `ops/squash.md`, a reconstruction.
    """

    algorithm: ClassVar[str] = "shift_reconstruction"

    offset: int = 0

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """Parameters for words of format `x` and `out`."""
        return cls(rounding=arithmetic.rounding, overflow=arithmetic.overflow)

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """A square for each component; the exponent needs their sum's leading one alone."""
        return squares_cost(inputs["x"], dim)


@dataclass(frozen=True, kw_only=True)
class SquashNorm(FittedParameters):
    """Squash with `max + lambda * (sum of the others)` for the norm and a table of factors.

    A reconstruction after Marchisio et al. 2022 (arXiv 2206.10200), known at second hand.

    Args:
        multiplier: word of lambda, at least 0.
        multiplier_shift: its fraction bits, at least 0.
        shift: right shift of the norm to the index; negative for left.
        table: words of the factor, the last for every larger norm.
        table_format: of the words.
        rounding: of the product of component and factor.
        overflow: of the rounded product.

    Source: specification page `ops/squash.md`, a reconstruction.
    """

    operation: ClassVar[str] = "squash"
    algorithm: ClassVar[str] = "norm"

    multiplier: int
    multiplier_shift: int
    shift: int = 0
    table: tuple[int, ...]
    table_format: Format

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("multiplier", "multiplier_shift"):
            value = getattr(self, name)
            self.require(value >= 0, f"{name} must not be negative, found {value}")
        require_table(self, self.table, self.table_format)

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`: lambda is 1/4.

        Chaudhuri's lambda for 4 to 16 components is 1/3 to 1/9; 1/4, that of 6 and 7, is a shift
        and within an eighth of the norm of random vectors of all of these.
        """
        cells = Cells.fit(x, out, finest=lifted_frac(x))
        return cls(
            multiplier=1,
            multiplier_shift=2,
            shift=lifted_frac(x) - cells.index_frac,
            table=factor_words(cells.word_bits, cells.centres(), cells.index_frac + 1),
            table_format=Format(False, cells.word_bits, cells.word_bits),
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """A product for each component, and one of lambda unless that is a shift; a table."""
        x, constant = inputs["x"], multiplier_bits(self.multiplier)
        others = ((dim - 1) * lifted_magnitude(x)).bit_length()
        return Cost(
            multiplications=products(
                (1 if constant else 0, others, constant),
                factor_products(x, dim, self.table_format),
            ),
            table_bits=len(self.table) * self.table_format.width,
        )


@dataclass(frozen=True, kw_only=True)
class SquashPow2(SummedSquares):
    """Squash with the factor `1 - 2**-n` for short vectors and a table for the others.

    A reconstruction after Marchisio et al. 2022 (arXiv 2206.10200), known at second hand; the
    power of two is taken as `2**u * (1 + v)`, u whole and v from 0 to below 1.

    Args:
        accumulator: register of the sum of squares; its fraction is that of the products.
        guard: extra fraction bits of the norm, at least 0.
        threshold: the least norm that the table serves, in the norm's steps, at least 0.
        shift: right shift of the norm beyond the threshold to the index; negative for left.
        table: words of the factor, the last for every larger norm.
        table_format: of every factor; its fraction is not negative.
        rounding: of the product of component and factor.
        overflow: of the rounded product.

    Source: specification page `ops/squash.md`, a reconstruction.
    """

    algorithm: ClassVar[str] = "pow2"

    guard: int = 0
    threshold: int
    shift: int = 0
    table: tuple[int, ...]
    table_format: Format

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("guard", "threshold"):
            value = getattr(self, name)
            self.require(value >= 0, f"{name} must not be negative, found {value}")
        self.require(
            self.table_format.frac >= 0,
            f"the fraction of {self.table_format} must not be negative",
        )
        require_table(self, self.table, self.table_format)

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`; the table begins at 1.

        There 1 - 2**-n and n / (1 + n**2) are both 1/2.
        """
        return cls(**_powers(x, out, arithmetic, 0))

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """A square and a product for each component; one root and a table."""
        return self._cost(inputs["x"], dim)

    def _cost(self, x: Format, dim: int, *more: tuple[int, int, int]) -> Cost:
        return squares_cost(
            x,
            dim,
            *more,
            factor_products(x, dim, self.table_format),
            table_bits=len(self.table) * self.table_format.width,
            root_cycles=norm_bits(x, dim, self.guard),
        )


@dataclass(frozen=True, kw_only=True)
class SquashExp(SquashPow2):
    """Squash with the factor `1 - exp(-n)` for short vectors and a table for the others.

    A reconstruction after Marchisio et al. 2022 (arXiv 2206.10200), known at second hand; the
    exponential is the power of two of `n log2(e)`, taken as in `pow2`.

    Args:
        accumulator: register of the sum of squares; its fraction is that of the products.
        guard: extra fraction bits of the norm, at least 0.
        multiplier: word of log2(e), at least 0.
        multiplier_shift: its fraction bits, at least 0.
        threshold: the least norm that the table serves, in the norm's steps, at least 0.
        shift: right shift of the norm beyond the threshold to the index; negative for left.
        table: words of the factor, the last for every larger norm.
        table_format: of every factor; its fraction is not negative.
        rounding: of the product of component and factor.
        overflow: of the rounded product.

    Source: specification page `ops/squash.md`, a reconstruction.
    """

    algorithm: ClassVar[str] = "exp"

    multiplier: int = _LOG2_E
    multiplier_shift: int = _LOG2_E_BITS

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("multiplier", "multiplier_shift"):
            value = getattr(self, name)
            self.require(value >= 0, f"{name} must not be negative, found {value}")

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`; the table begins at 1/2.

        1 - exp(-n) and n / (1 + n**2) cross between 1/2 and 5/8.
        """
        return cls(**_powers(x, out, arithmetic, 1))

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """That of `pow2`, and a product of log2(e) with a norm below the threshold."""
        constant = multiplier_bits(self.multiplier)
        norm = max(self.threshold - 1, 0).bit_length()
        return self._cost(inputs["x"], dim, (1 if constant and norm else 0, norm, constant))


def _powers(x: Format, out: Format, arithmetic: Arithmetic, halvings: int) -> dict[str, Any]:
    """Fields of a fit whose table begins at 2**-halvings."""
    frac, cells = lifted_frac(x), Cells.fit(x, out)
    guard = max(0, cells.index_frac - frac, halvings - frac)
    bits = max(cells.index_frac + 1, halvings)
    first, spread = 1 << bits - halvings, bits - cells.index_frac - 1
    centres = (first + (centre << spread) for centre in cells.centres())
    return {
        "guard": guard,
        "threshold": 1 << frac + guard - halvings,
        "shift": frac + guard - cells.index_frac,
        "table": factor_words(cells.word_bits, centres, bits),
        "table_format": Format(False, cells.word_bits, cells.word_bits),
        "rounding": arithmetic.rounding,
        "overflow": arithmetic.overflow,
    }
