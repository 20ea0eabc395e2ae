"""argmax: the index of the largest word or of the longest capsule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from fxcaps.ops.elementwise import LastAxis, expect_vectors, vector_operands
from fxcaps.ops.operands import Term
from fxcaps.ops.operation import Formats, Shapes, expect
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.types import Format, Shape


@dataclass(frozen=True, kw_only=True)
class ArgmaxWords(Parameters):
    """The first index of the largest word along the last axis.

    Source: specification page `ops/argmax.md`.
    """

    operation: ClassVar[str] = "argmax"
    algorithm: ClassVar[str] = "words"


@dataclass(frozen=True, kw_only=True)
class ArgmaxSquares(Parameters):
    """The first index of the largest exact sum of squares; vectors lie along the last axis.

    Source: specification page `ops/argmax.md`.
    """

    operation: ClassVar[str] = "argmax"
    algorithm: ClassVar[str] = "squares"


class ArgmaxOperation(LastAxis):
    """`words`: `x (..., J)` -> `out (...)`; `squares`: `x (..., J, D)` -> `out (...)`."""

    name = "argmax"
    algorithms = (ArgmaxWords, ArgmaxSquares)

    def rank(self, params: Any, port: str) -> int | None:  # noqa: ARG002
        """The compared axis, and the vector axis of `squares`."""
        return _compared_axes(params)

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:
        """The compared axis, and the vector axis of `squares`, go."""
        x, axes = inputs["x"], _compared_axes(params)
        expect_vectors(x, self.name)
        expect(len(x) >= axes and 0 not in x[-axes:], f"argmax: nothing to compare in shape {x}")
        return {"out": x[:-axes]}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:
        """Everything that is compared."""
        return vector_operands(math.prod(inputs["x"][-_compared_axes(params) :]), index)

    def first_wins(self, params: Any) -> Mapping[str, int]:
        """The compared axis."""
        return {"x": -_compared_axes(params)}

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """An index is not negative."""
        return frozenset({"out"})

    def fixed_formats(self, params: Any, inputs: Shapes) -> dict[str, Format]:
        """The narrowest unsigned integers that hold every index."""
        count = inputs["x"][-_compared_axes(params)]
        return {"out": Format(False, max(1, (count - 1).bit_length()), 0)}


def _compared_axes(params: Parameters) -> int:
    return 1 if isinstance(params, ArgmaxWords) else 2


ARGMAX = register(ArgmaxOperation())
