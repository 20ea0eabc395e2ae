"""squash: shrink a vector to a length below one, keeping its direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fxcaps.ops.elementwise import FittedLastAxis, FittedParameters
from fxcaps.ops.operation import Arithmetic, Constants, Formats, Interval, Signatures
from fxcaps.ops.registry import register
from fxcaps.ops.squash_base import SummedSquares, lifted_frac, squares_interval
from fxcaps.types import Format


@dataclass(frozen=True, kw_only=True)
class SquashExact(FittedParameters):
    """`v = s |s| / (1 + |s|**2)`, correctly rounded for every input.

    Args:
        rounding: of the real value.
        overflow: of the rounded value.

    Source: specification page `ops/squash.md`; Sabour et al. 2017, equation 1.
    """

    operation: ClassVar[str] = "squash"
    algorithm: ClassVar[str] = "exact"

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
        """Parameters for words of format `x` and `out`.

        The root's floor costs less than 2**(out.frac - x.frac - guard - 1) output steps
        (|s| / (1 + |s|**2) is at most 1/2), so three bits above the difference of the
        fractions keep it below 1/16 step.
        """
        return cls(
            guard=max(0, out.frac - max(x.frac, 0) + 3),
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )


class SquashOperation(FittedLastAxis):
    """Vectors along the last axis of `x`."""

    name = "squash"
    algorithms = (SquashExact, SquashIsqrtDivide)

    def product_fractions(
        self,
        params: Any,
        inputs: Formats,
        formats: Formats,  # noqa: ARG002 - one signature for all
    ) -> dict[str, int]:
        """Twice the fraction of a component, which is not negative."""
        return {"out": 2 * lifted_frac(inputs["x"])} if self.accumulators(params) else {}

    def intervals(
        self,
        params: Any,
        inputs: Signatures,
        formats: Formats,  # noqa: ARG002 - one signature for all
        constants: Constants,  # noqa: ARG002
    ) -> dict[str, list[Interval]]:
        """One interval for all vectors: sums of squares of words of the format."""
        x = inputs["x"]
        found = {"out": [squares_interval(x.format, x.shape[-1])]}
        return found if self.accumulators(params) else {}


SQUASH = register(SquashOperation())
