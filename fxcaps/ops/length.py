"""length: the Euclidean length of capsules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from fxcaps.ops.elementwise import LastAxis, expect_vectors, vector_operands
from fxcaps.ops.operation import Formats, Shapes, Term
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.types import Overflow, Rounding, Shape


@dataclass(frozen=True, kw_only=True)
class Length(Parameters):
    """The correctly rounded root of the exact sum of squares; `floor` is the integer root.

    Args:
        rounding: of the exact length.
        overflow: of the rounded length.

    Source: specification page `ops/length.md`.
    """

    operation: ClassVar[str] = "length"

    rounding: Rounding = Rounding.FLOOR
    overflow: Overflow = Overflow.SATURATE


class LengthOperation(LastAxis):
    """`x (..., D)` -> `out (...)`."""

    name = "length"
    algorithms = (Length,)

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """The last axis is summed away."""
        expect_vectors(inputs["x"], self.name)
        return {"out": inputs["x"][:-1]}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The whole vector."""
        return vector_operands(inputs["x"][-1], index)

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """A length is not negative."""
        return frozenset({"out"})


LENGTH = register(LengthOperation())
