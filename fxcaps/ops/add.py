"""add: the sum of two tensors."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import Formats, Operation, Port, Shapes, expect
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.registry import register
from fxcaps.types import Rounding, RoundingRule, Shape

LARGEST_SHIFT = 31
"""A 32-bit shift operand ends here."""


@dataclass(frozen=True, kw_only=True)
class Add(Narrowing):
    """Align both inputs to the larger fraction, add exactly, round once, handle overflow.

    Args:
        rounding: of the exact sum.
        overflow: of the rounded sum.

    Source: specification page `ops/add.md`.
    """

    operation: ClassVar[str] = "add"


@dataclass(frozen=True, kw_only=True)
class AddShift(Add):
    """Add the words as they are, whatever their fractions, and shift the sum right.

    Args:
        shift: to the right, from 0 to 31.
        rounding: of the shifted sum.
        overflow: of the rounded sum.

    Source: specification page `ops/add.md`; the matrix addition of Q7-CapsNets, commit 11eef8a.
    """

    algorithm: ClassVar[str] = "shift"

    shift: int
    rounding: RoundingRule = Rounding.TOWARD_ZERO

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_shift(self, self.shift)


@dataclass(frozen=True, kw_only=True)
class AddLanes(Add):
    """Add in vector registers: the sums of whole groups along an axis wrap, the rest does not.

    Args:
        lanes: words of a group, which one instruction adds, at least 1.
        lane_width: bits of each sum in a group, two's complement, at least 1.
        lane_axis: along which the groups lie, from the end: -1 is the last axis.
        shift: of the words as they are, as `AddShift` has it; `None` to align and shift by the
            fractions, as `Add` does.
        rounding: of the sum.
        overflow: of the rounded sum.

    Source: specification page `ops/add.md`; the matrix addition of Q7-CapsNets for GAP8, commit
    11eef8a.
    """

    algorithm: ClassVar[str] = "lanes"

    lanes: int = 4
    lane_width: int = 8
    lane_axis: int = -1
    shift: int | None = None
    rounding: RoundingRule = Rounding.TOWARD_ZERO

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lanes", "lane_width"):
            value = getattr(self, name)
            self.require(value >= 1, f"{name} must be at least 1, found {value}")
        self.require(
            self.lane_axis < 0,
            f"lane_axis counts from the end and is negative, found {self.lane_axis}",
        )
        if self.shift is not None:
            _require_shift(self, self.shift)


def _require_shift(params: Add, shift: int) -> None:
    params.require(
        0 <= shift <= LARGEST_SHIFT, f"shift must be from 0 to {LARGEST_SHIFT}, found {shift}"
    )


class AddOperation(Operation):
    """`a + b`, both of one shape."""

    name = "add"
    inputs = (Port("a"), Port("b"))
    ranks = MappingProxyType({"a": 1, "b": 1})
    algorithms = (Add, AddShift, AddLanes)
    structure = frozenset({"shift"})

    def rank(self, params: Any, port: str) -> int | None:
        """One axis, or those from the one along which groups of lanes lie."""
        return -params.lane_axis if isinstance(params, AddLanes) else super().rank(params, port)

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:
        """Two equal shapes; the output has the same."""
        a, b = inputs["a"], inputs["b"]
        expect(a == b, f"add needs equal shapes, found {a} and {b}")
        if isinstance(params, AddLanes):
            expect(
                len(a) >= -params.lane_axis,
                f"add lanes: shape {a} has no axis {params.lane_axis}",
            )
        return {"out": a}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The words at the same place."""
        return ((Operand("a", index),), (Operand("b", index),))

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:
        """A sum of unsigned words is not negative, unless it wraps in a lane."""
        signed = inputs["a"].signed or inputs["b"].signed or isinstance(params, AddLanes)
        return frozenset() if signed else frozenset({"out"})


ADD = register(AddOperation())
