"""softmax: coupling coefficients from routing logits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fxcaps.ops.cost import Cost
from fxcaps.ops.elementwise import FittedLastAxis, RuledParameters
from fxcaps.ops.operation import Arithmetic, Constants, Formats, Shapes, Signatures
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.ops.softmax_lut import SoftmaxLut, SoftmaxLutReciprocal, SummedExponentials
from fxcaps.ops.softmax_power import SoftmaxB2, SoftmaxLnu, SoftmaxTaylor
from fxcaps.ops.softmax_q7 import SoftmaxQ7
from fxcaps.ops.sums import Interval
from fxcaps.types import Format, Reason, Rejection


@dataclass(frozen=True, kw_only=True)
class SoftmaxExact(RuledParameters):
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
class SoftmaxConstant(Parameters):
    """One word for every coefficient, whatever the logits.

    The logits of a routing's first iteration are all zero, so that hardware may store their
    coupling instead of computing it.

    Args:
        word: every coefficient, a word of the output format.

    Source: specification page `ops/softmax.md`.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "constant"

    word: int

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """One stored word."""
        return Cost(table_bits=out.width)


SoftmaxParameters = (
    SoftmaxExact
    | SoftmaxLut
    | SoftmaxLutReciprocal
    | SoftmaxConstant
    | SoftmaxB2
    | SoftmaxLnu
    | SoftmaxTaylor
    | SoftmaxQ7
)
"""Parameters of any algorithm."""


class SoftmaxOperation(FittedLastAxis):
    """Logits along the last axis of `x` (output capsules)."""

    name = "softmax"
    inner_sums = True
    structure = frozenset({"word"})
    algorithms = (
        SoftmaxExact,
        SoftmaxLut,
        SoftmaxLutReciprocal,
        SoftmaxConstant,
        SoftmaxB2,
        SoftmaxLnu,
        SoftmaxTaylor,
        SoftmaxQ7,
    )

    def check_formats(self, params: Any, inputs: Signatures, formats: Formats) -> None:  # noqa: ARG002
        """A constant coefficient is a word of the output format."""
        if isinstance(params, SoftmaxConstant) and not formats["out"].contains(params.word):
            out = formats["out"]
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"softmax constant: word {params.word} is outside out {out} [{out.min}, {out.max}]",
            )

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """Coefficients are not negative, unless a negative word is asked for."""
        negative = isinstance(params, SoftmaxConstant) and params.word < 0
        return frozenset() if negative else frozenset({"out"})

    def product_fractions(
        self,
        params: Any,
        inputs: Formats,  # noqa: ARG002 - one signature for all
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """Those of the exponentials, where an algorithm sums words of them."""
        return {"out": params.exp_frac} if isinstance(params, SummedExponentials) else {}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:
        """The logits of a vector."""
        return {"out": inputs["x"][-1]} if isinstance(params, SummedExponentials) else {}

    def intervals(
        self,
        params: Any,
        inputs: Signatures,
        formats: Formats,  # noqa: ARG002 - one signature for all
        constants: Constants,  # noqa: ARG002
    ) -> dict[str, list[Interval]]:
        """One interval for all vectors; the largest logit of each has distance 0."""
        if not isinstance(params, SummedExponentials):
            return {}
        x = inputs["x"]
        return {"out": [params.interval(x.format, x.shape[-1])]}


SOFTMAX = register(SoftmaxOperation())
