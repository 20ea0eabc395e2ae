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


@dataclass(frozen=True, kw_only=True)
class ArgmaxSticky(Parameters):
    """The index of the largest word, and among equal ones the one before, if it is one of them.

    The groups follow each other along the axis before the last, images in order: a host loop that
    keeps its prediction from image to image and replaces it by a larger word only.

    Args:
        initial: the index before the first group, at least 0 and of a word.

    Source: specification page `ops/argmax.md`; the host loop of Q7-CapsNets for GAP8, commit
    11eef8a.
    """

    operation: ClassVar[str] = "argmax"
    algorithm: ClassVar[str] = "sticky"

    initial: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.initial >= 0, f"initial must not be negative, found {self.initial}")


class ArgmaxOperation(LastAxis):
    """`words`: `x (..., J)` -> `out (...)`; `squares`: `x (..., J, D)` -> `out (...)`.

    `sticky`: `x (..., T, J)` -> `out (..., T)`.
    """

    name = "argmax"
    structure = frozenset({"initial"})
    algorithms = (ArgmaxWords, ArgmaxSquares, ArgmaxSticky)

    def rank(self, params: Any, port: str) -> int | None:  # noqa: ARG002
        """The compared axis, the vector axis of `squares`, the axis of images of `sticky`."""
        return 1 if isinstance(params, ArgmaxWords) else 2

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:
        """The compared axis, and the vector axis of `squares`, go."""
        x, axes = inputs["x"], _compared_axes(params)
        expect_vectors(x, self.name)
        expect(len(x) >= axes and 0 not in x[-axes:], f"argmax: nothing to compare in shape {x}")
        if isinstance(params, ArgmaxSticky):
            expect(len(x) >= 2, f"argmax sticky needs axes (T, J), found shape {x}")
            expect(
                params.initial < x[-1],
                f"argmax sticky: initial {params.initial} is no index of {x[-1]} words",
            )
        return {"out": x[:-axes]}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:
        """Everything that is compared; with `sticky` also what decided the index before."""
        if isinstance(params, ArgmaxSticky):
            images, count = inputs["x"][-2:]
            sequence = index // images * images
            groups = range(sequence, index + 1)
            return tuple(term for group in groups for term in vector_operands(count, group))
        return vector_operands(math.prod(inputs["x"][-_compared_axes(params) :]), index)

    def first_wins(self, params: Any) -> Mapping[str, int]:
        """The compared axis; with `sticky` the first is not always taken."""
        return {} if isinstance(params, ArgmaxSticky) else {"x": -_compared_axes(params)}

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """An index is not negative."""
        return frozenset({"out"})

    def fixed_formats(self, params: Any, inputs: Shapes) -> dict[str, Format]:
        """The narrowest unsigned integers that hold every index."""
        count = inputs["x"][-_compared_axes(params)]
        return {"out": Format(False, max(1, (count - 1).bit_length()), 0)}


def _compared_axes(params: Parameters) -> int:
    return 2 if isinstance(params, ArgmaxSquares) else 1


ARGMAX = register(ArgmaxOperation())
