"""squash: shrink a vector to a length below one, keeping its direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar, Self

from fxcaps.ops.cost import Cost
from fxcaps.ops.elementwise import FittedLastAxis, RuledParameters
from fxcaps.ops.operation import Arithmetic, Constants, Formats, Shapes, Signatures
from fxcaps.ops.registry import register
from fxcaps.ops.squash_base import (
    SummedSquares,
    factor_bits,
    factor_products,
    holds_symmetric,
    lifted_frac,
    lifted_width,
    norm_bits,
    root_guard,
    squares_cost,
    squares_interval,
)
from fxcaps.ops.squash_lut import SquashLut
from fxcaps.ops.squash_q7 import SquashQ7, check_q7
from fxcaps.ops.squash_reconstruction import (
    SquashExp,
    SquashNorm,
    SquashPow2,
    SquashShiftReconstruction,
)
from fxcaps.ops.sums import Interval
from fxcaps.types import Format, Overflow, Rounding


class EpsilonAt(StrEnum):
    """Where training code adds an epsilon to keep the unit vector finite; `n` is `|s|`.

    Source: specification page `ops/squash.md`, clause SQ-8.
    """

    NORM = "norm"
    """`n**2 / (1 + n**2) * s / (n + epsilon)`."""

    ROOT = "root"
    """`n**2 / (1 + n**2) * s / sqrt(n**2 + epsilon)`."""

    SQUARES = "squares"
    """`s * sqrt(m) / (1 + m)` with `m = n**2 + epsilon`."""


@dataclass(frozen=True, kw_only=True)
class SquashExact(RuledParameters):
    """`v = s |s| / (1 + |s|**2)`, correctly rounded for every input, with or without epsilon.

    Args:
        epsilon: numerator, not negative, and denominator, positive.
        epsilon_at: where it is added; without effect for an epsilon of 0.
        rounding: of the real value.
        overflow: of the rounded value.

    Source: specification page `ops/squash.md`; Sabour et al. 2017, equation 1.
    """

    operation: ClassVar[str] = "squash"
    algorithm: ClassVar[str] = "exact"

    epsilon: tuple[int, int] = (0, 1)
    epsilon_at: EpsilonAt = EpsilonAt.ROOT

    def __post_init__(self) -> None:
        super().__post_init__()
        numerator, denominator = self.epsilon
        self.require(
            numerator >= 0 and denominator > 0,
            "epsilon needs a numerator of at least 0 and a denominator of at least 1, found "
            f"{numerator} / {denominator}",
        )

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """Parameters for words of format `x` and `out`."""
        return cls(rounding=arithmetic.rounding, overflow=arithmetic.overflow)


@dataclass(frozen=True, kw_only=True)
class SquashIsqrtDivide(SummedSquares):
    """Squash with an integer square root and one integer division a component.

    Args:
        accumulator: register of the sum of squares; its fraction is that of the products.
        guard: extra fraction bits of the norm, at least 0.
        rounding: of the quotient.
        overflow: of the rounded quotient.

    Source: specification page `ops/squash.md`.
    """

    algorithm: ClassVar[str] = "isqrt_divide"

    guard: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.guard >= 0, f"guard must not be negative, found {self.guard}")

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`: the root costs below 1/16 step."""
        return cls(
            guard=root_guard(x, out),
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:
        """A square, a product with the root and a division for each component; one root.

        A component stays below 1, so that `out.frac` quotient bits hold it; one more rounds.
        """
        x = inputs["x"]
        root = norm_bits(x, dim, self.guard)
        return squares_cost(
            x,
            dim,
            (dim, lifted_width(x), root),
            divider_cycles=dim * (max(out.frac, 0) + 1),
            root_cycles=root,
        )


@dataclass(frozen=True, kw_only=True)
class SquashIsqrtFactor(SummedSquares):
    """Squash with an integer square root, one division a vector and products.

    The factor `|s| / (1 + |s|**2)` is rounded once and multiplies every component.

    Args:
        accumulator: register of the sum of squares; its fraction is that of the products.
        guard: extra fraction bits of the norm, at least 0.
        factor_format: of the factor, which is never negative and at most 1/2.
        factor_rounding: of the factor.
        factor_overflow: of the rounded factor.
        rounding: of the product.
        overflow: of the rounded product.

    Source: specification page `ops/squash.md`.
    """

    algorithm: ClassVar[str] = "isqrt_factor"

    guard: int = 0
    factor_format: Format
    factor_rounding: Rounding = Rounding.TIES_TO_POS_INF
    factor_overflow: Overflow = Overflow.SATURATE

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.guard >= 0, f"guard must not be negative, found {self.guard}")
        self.require(
            holds_symmetric(self.factor_format, self.factor_overflow),
            "factor_overflow saturate_symmetric needs at least 2 signed bits",
        )

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`: root and factor cost 1/16 step each.

        An unsigned factor below one holds the largest there is, 1/2.
        """
        bits = factor_bits(x, out)
        return cls(
            guard=root_guard(x, out),
            factor_format=Format(False, bits, bits),
            factor_rounding=arithmetic.rounding,
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """A square and a product for each component; one root and one division.

        The factor is at most 1/2, which `factor_format.frac` quotient bits hold; one more rounds.
        """
        x = inputs["x"]
        return squares_cost(
            x,
            dim,
            factor_products(x, dim, self.factor_format),
            divider_cycles=max(self.factor_format.frac, 0) + 1,
            root_cycles=norm_bits(x, dim, self.guard),
        )


class SquashOperation(FittedLastAxis):
    """Vectors along the last axis of `x`."""

    name = "squash"
    inner_sums = True
    structure = frozenset({"epsilon", "epsilon_at"})
    algorithms = (
        SquashExact,
        SquashIsqrtDivide,
        SquashIsqrtFactor,
        SquashLut,
        SquashShiftReconstruction,
        SquashNorm,
        SquashExp,
        SquashPow2,
        SquashQ7,
    )

    def rank(self, params: Any, port: str) -> int | None:
        """One axis; all, where rows of `q7` that are far apart share a place."""
        shared = isinstance(params, SquashQ7) and params.row_offset_bits is not None
        return None if shared else super().rank(params, port)

    def check_formats(self, params: Any, inputs: Signatures, formats: Formats) -> None:
        """Those of `q7` are shift operands; the other algorithms combine any."""
        check_q7(params, inputs, formats)

    def configure(
        self, params: Any, inputs: Formats, formats: Formats, arithmetic: Arithmetic
    ) -> Any:
        """As for all functions; an epsilon stays, as it belongs to what was trained."""
        fitted = super().configure(params, inputs, formats, arithmetic)
        if isinstance(params, SquashExact) and isinstance(fitted, SquashExact):
            return replace(fitted, epsilon=params.epsilon, epsilon_at=params.epsilon_at)
        return fitted

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:
        """The sign of the input is kept, unless the factor's format has words below zero."""
        factor = getattr(params, "factor_format", getattr(params, "table_format", None))
        signed = factor is not None and factor.signed
        return frozenset() if signed else super().nonnegative(params, inputs)

    def product_fractions(
        self,
        params: Any,
        inputs: Formats,
        formats: Formats,  # noqa: ARG002 - one signature for all
    ) -> dict[str, int]:
        """Twice the fraction of a component, which is not negative."""
        return {"out": 2 * lifted_frac(inputs["x"])} if self.accumulators(params) else {}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:
        """The components of a vector."""
        return {"out": inputs["x"][-1]} if self.accumulators(params) else {}

    def intervals(
        self,
        params: Any,
        inputs: Signatures,
        formats: Formats,  # noqa: ARG002 - one signature for all
        constants: Constants,  # noqa: ARG002
    ) -> dict[str, list[Interval]]:
        """One interval for all vectors: sums of squares of words of the format."""
        x = inputs["x"]
        return {
            port: [squares_interval(accumulator, x.format, x.shape[-1])]
            for port, accumulator in self.accumulators(params).items()
        }


SQUASH = register(SquashOperation())
