"""length: the Euclidean length of capsules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from fxcaps.ops.elementwise import LastAxis, expect_vectors, vector_operands
from fxcaps.ops.operands import Term
from fxcaps.ops.operation import Constants, Formats, Shapes, Signatures
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.ops.sums import Interval, partial_sums, product_interval, words_interval
from fxcaps.types import Accumulator, Overflow, Rounding, Shape


@dataclass(frozen=True, kw_only=True)
class Length(Parameters):
    """The correctly rounded root of the sum of squares; `floor` is the integer root.

    Args:
        accumulator: register of the sum of squares; its fraction is that of the products.
        rounding: of the exact length.
        overflow: of the rounded length.

    Source: specification page `ops/length.md`.
    """

    operation: ClassVar[str] = "length"

    accumulator: Accumulator = Accumulator()
    rounding: Rounding = Rounding.FLOOR
    overflow: Overflow = Overflow.SATURATE


class LengthOperation(LastAxis):
    """`x (..., D)` -> `out (...)`."""

    name = "length"
    inner_sums = True
    algorithms = (Length,)

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """The last axis is summed away."""
        expect_vectors(inputs["x"], self.name)
        return {"out": inputs["x"][:-1]}

    def product_fractions(
        self,
        params: Any,  # noqa: ARG002 - one signature for all
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """A square has twice the fraction of its word."""
        return {"out": 2 * inputs["x"].frac}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:  # noqa: ARG002
        """The components of a vector."""
        return {"out": inputs["x"][-1]}

    def intervals(
        self,
        params: Any,
        inputs: Signatures,
        formats: Formats,  # noqa: ARG002
        constants: Constants,  # noqa: ARG002
    ) -> dict[str, list[Interval]]:
        """One interval for all vectors: sums of squares of words of the format."""
        x = inputs["x"]
        words = words_interval(x.format)
        dim, frac = x.shape[-1], 2 * x.format.frac
        ends = 0, dim * product_interval(words, words)[1]
        return {"out": [partial_sums(params.accumulator, ends, dim, frac=frac, out=frac)]}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The whole vector."""
        return vector_operands(inputs["x"][-1], index)

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """A length is not negative."""
        return frozenset({"out"})


LENGTH = register(LengthOperation())
