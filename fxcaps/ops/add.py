"""add: the sum of two tensors of any formats."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import Formats, Operation, Port, Shapes, expect
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.registry import register
from fxcaps.types import Shape


@dataclass(frozen=True, kw_only=True)
class Add(Narrowing):
    """Align both inputs to the larger fraction, add exactly, round once, handle overflow.

    Args:
        rounding: of the exact sum.
        overflow: of the rounded sum.

    Source: specification page `ops/add.md`.
    """

    operation: ClassVar[str] = "add"


class AddOperation(Operation):
    """`a + b`, both of one shape."""

    name = "add"
    inputs = (Port("a"), Port("b"))
    ranks = MappingProxyType({"a": 1, "b": 1})
    algorithms = (Add,)

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """Two equal shapes; the output has the same."""
        a, b = inputs["a"], inputs["b"]
        expect(a == b, f"add needs equal shapes, found {a} and {b}")
        return {"out": a}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The words at the same place."""
        return ((Operand("a", index),), (Operand("b", index),))

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """A sum of unsigned words is not negative."""
        signed = inputs["a"].signed or inputs["b"].signed
        return frozenset() if signed else frozenset({"out"})


ADD = register(AddOperation())
