"""softmax as the published Q7-CapsNets kernels compute it: base 2 on plain integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from fxcaps.ops.cost import Cost
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.ops.operation import Arithmetic
from fxcaps.types import Format, Rounding

REACH = 8
"""Powers of two reach so many places below that of the largest logit."""

LARGEST_POWER = 7
"""The exponent that powers in the sum are clamped to."""

DIVIDEND = 20
"""The sum divides 2**20."""

LARGEST_SHIFT = 31
"""A 32-bit shift operand ends here."""

SMALLEST_CONSTANT, LARGEST_CONSTANT = REACH, DIVIDEND + 1
"""From 8 no shift is negative; at 21 the only logit of a vector still has a coefficient of 1."""


@dataclass(frozen=True, kw_only=True)
class SoftmaxQ7(FittedParameters):
    """Softmax in base 2 of the logits' words, whatever their fraction, by shifts and one division.

    `c[j]` is about `2**(x[j] - max) / sum` at `21 - constant` fraction bits, the sum over powers
    of two that are clamped from 1 to 2**7, so that the largest logit counts half.

    Args:
        constant: of the last shift, from 8 to 21. The legacy CMSIS kernel (5.8.0) has 13, the
            authors of Q7-CapsNets advise 14, which GAP8 has.
        rounding: of the last shift.
        overflow: of the rounded coefficient.

    Source: specification page `ops/softmax.md`; `arm_softmax_q7` of CMSIS-NN 5.8.0 and the GAP8
    kernel of Q7-CapsNets, commit 11eef8a.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "q7"

    constant: int
    rounding: Rounding = Rounding.FLOOR

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(
            SMALLEST_CONSTANT <= self.constant <= LARGEST_CONSTANT,
            f"constant must be from {SMALLEST_CONSTANT} to {LARGEST_CONSTANT}, found "
            f"{self.constant}",
        )

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """The constant whose coefficients have the output's fraction bits, and published modes."""
        wanted = DIVIDEND + 1 - out.frac
        return cls(constant=min(max(wanted, SMALLEST_CONSTANT), LARGEST_CONSTANT))

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """One division: the sum is at least 2**7, so that the quotient has 14 bits."""
        return Cost(divider_cycles=DIVIDEND - LARGEST_POWER + 1)
