"""divide: the quotient of two tensors of any formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.cost import Cost, products, quotient_bits
from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import Formats, Operation, Port, Shapes, Signatures, expect
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.registry import register
from fxcaps.types import Format, Overflow, Reason, Rejection, Rounding, Shape


class ZeroDivisor(StrEnum):
    """What a quotient by zero becomes.

    Source: specification page `ops/divide.md`, clause DV-2.
    """

    REJECT = "reject"
    SATURATE = "saturate"
    CONSTANT = "constant"


@dataclass(frozen=True, kw_only=True)
class Dividing(Narrowing):
    """What the algorithms of a division share.

    Args:
        zero_divisor: `reject` raises; `saturate` gives the end of the output format on the
            side of the dividend's sign, the upper one for 0; `constant` gives `zero_word`.
        zero_word: a word of the output format; 0 unless the rule is `constant`.
    """

    operation: ClassVar[str] = "divide"

    zero_divisor: ZeroDivisor = ZeroDivisor.REJECT
    zero_word: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(
            self.zero_word == 0 or self.zero_divisor is ZeroDivisor.CONSTANT,
            f"zero_word {self.zero_word} is for zero_divisor=constant, "
            f"found {self.zero_divisor.value}",
        )


@dataclass(frozen=True, kw_only=True)
class DivideExact(Dividing):
    """The exact quotient, rounded once.

    Args:
        zero_divisor: what a quotient by zero becomes.
        zero_word: for `zero_divisor = constant`.
        rounding: of the exact quotient.
        overflow: of the rounded quotient.

    Source: specification page `ops/divide.md`.
    """

    algorithm: ClassVar[str] = "exact"

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:
        """One division a word: quotient bits of a dividend over 1, and one to round."""
        a = inputs["a"]
        largest = _scaled(max(a.max, -a.min), out.frac - a.frac + inputs["b"].frac)
        bits = quotient_bits(largest, out.width - out.signed, self.overflow)
        return Cost(divider_cycles=dim * (bits + 1))


@dataclass(frozen=True, kw_only=True)
class DivideReciprocal(Dividing):
    """The dividend times a reciprocal of the divisor that has a format of its own.

    Args:
        reciprocal: format of the reciprocal.
        reciprocal_rounding: of the reciprocal.
        reciprocal_overflow: of the rounded reciprocal.
        zero_divisor: what a quotient by zero becomes.
        zero_word: for `zero_divisor = constant`.
        rounding: of the product.
        overflow: of the rounded product.

    Source: specification page `ops/divide.md`.
    """

    algorithm: ClassVar[str] = "reciprocal"

    reciprocal: Format
    reciprocal_rounding: Rounding = Rounding.TIES_TO_POS_INF
    reciprocal_overflow: Overflow = Overflow.SATURATE

    def __post_init__(self) -> None:
        super().__post_init__()
        symmetric = self.reciprocal_overflow is Overflow.SATURATE_SYMMETRIC
        self.require(
            not (symmetric and self.reciprocal.signed and self.reciprocal.width == 1),
            "reciprocal: saturate_symmetric needs at least 2 signed bits",
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """One division and one product a word: bits of the reciprocal of 1, and one to round."""
        reciprocal = self.reciprocal
        largest = _scaled(1, reciprocal.frac + inputs["b"].frac)
        bits = quotient_bits(
            largest, reciprocal.width - reciprocal.signed, self.reciprocal_overflow
        )
        return Cost(
            multiplications=products((dim, inputs["a"].width, reciprocal.width)),
            divider_cycles=dim * (bits + 1),
        )


def _scaled(word: int, shift: int) -> int:
    return word << shift if shift >= 0 else word >> -shift


class DivideOperation(Operation):
    """`a / b`, both of one shape."""

    name = "divide"
    inputs = (Port("a"), Port("b"))
    ranks = MappingProxyType({"a": 1, "b": 1})
    structure = frozenset({"zero_divisor", "zero_word"})
    algorithms = (DivideExact, DivideReciprocal)

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """Two equal shapes; the output has the same."""
        a, b = inputs["a"], inputs["b"]
        expect(a == b, f"divide needs equal shapes, found {a} and {b}")
        return {"out": a}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The words at the same place."""
        return ((Operand("a", index),), (Operand("b", index),))

    def check_formats(self, params: Any, inputs: Signatures, formats: Formats) -> None:  # noqa: ARG002
        """The word of a quotient by zero is one of the output format."""
        out = formats["out"]
        if not out.contains(params.zero_word):
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"divide: zero_word {params.zero_word} is outside out {out} [{out.min}, {out.max}]",
            )

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:
        """A quotient of unsigned words is not negative, unless a parameter makes it so."""
        signed = inputs["a"].signed or inputs["b"].signed or params.zero_word < 0
        if isinstance(params, DivideReciprocal):
            wraps = params.reciprocal_overflow is Overflow.WRAP
            signed = signed or (wraps and params.reciprocal.signed)
        return frozenset() if signed else frozenset({"out"})


DIVIDE = register(DivideOperation())
