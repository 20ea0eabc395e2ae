"""dense: a fully connected layer with bias and fused ReLU."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.channels import ChannelSums
from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import Shapes, expect, expect_rank
from fxcaps.ops.parameters import Summing
from fxcaps.ops.registry import register
from fxcaps.ops.sums import WholeSums, whole_sum
from fxcaps.types import Format, Shape


@dataclass(frozen=True, kw_only=True)
class Dense(Summing):
    """Sum of products along the last axis, plus bias, ReLU, rounding and overflow.

    Args:
        relu: take max(accumulator, 0) before rounding.
        accumulator: register of the sum; its fraction is that of the products.
        rounding: of the accumulator to the output format.
        overflow: of the rounded value.

    Source: specification page `ops/dense.md`.
    """

    operation: ClassVar[str] = "dense"

    relu: bool = False


class DenseOperation(ChannelSums, WholeSums):
    """`x (..., I)`, `weight (O, I)`, `bias (O)` -> `out (..., O)`."""

    name = "dense"
    structure = frozenset({"relu"})
    ranks = MappingProxyType({"x": 1, "weight": 2, "bias": 1})
    algorithms = (Dense,)

    def shapes(self, params: Dense, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """The last axis of `x` meets the second of the weight."""
        x, weight = inputs["x"], inputs["weight"]
        expect_rank(weight, 2, "dense weight (O, I)")
        expect(x[-1:] == weight[1:], f"dense: weight {weight} does not fit the last axis of x {x}")
        bias = inputs.get("bias", weight[:1])
        expect(bias == weight[:1], f"dense: bias needs shape {weight[:1]}, found {bias}")
        expect(math.prod(weight) > 0, f"dense weight is empty: {weight}")
        return {"out": (*x[:-1], weight[0])}

    def whole_sum(self, params: Any) -> Format | None:
        """That of the register."""
        return whole_sum(params.accumulator) if type(params) is Dense else None

    def operands(self, params: Dense, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The bias, then the vector and the output's row of weights."""
        outputs, taps = inputs["weight"]
        vector, o = divmod(index, outputs)
        start: tuple[Term, ...] = ((Operand("bias", o),),) if "bias" in inputs else ()
        return start + tuple(
            (Operand("x", vector * taps + k), Operand("weight", o * taps + k)) for k in range(taps)
        )

    def macs(self, params: Dense, inputs: Shapes) -> int:  # noqa: ARG002
        """Every weight once for each vector."""
        return math.prod(inputs["x"][:-1]) * math.prod(inputs["weight"])


DENSE = register(DenseOperation())
