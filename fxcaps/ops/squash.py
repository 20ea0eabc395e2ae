"""squash: shrink a vector to a length below one, keeping its direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from fxcaps.ops.elementwise import FittedLastAxis, FittedParameters
from fxcaps.ops.operation import Arithmetic
from fxcaps.ops.registry import register
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
class SquashIsqrtDivide(FittedParameters):
    """Squash with an integer square root and one integer division a component.

    Args:
        guard: extra fraction bits of the norm, at least 0.
        rounding: of the quotient.
        overflow: of the rounded quotient.

    Source: specification page `ops/squash.md`.
    """

    operation: ClassVar[str] = "squash"
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


SQUASH = register(SquashOperation())
