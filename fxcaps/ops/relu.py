"""relu: the larger of a word and zero, in another format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from fxcaps.ops.elementwise import Elementwise
from fxcaps.ops.operation import Formats
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.registry import register


@dataclass(frozen=True, kw_only=True)
class Relu(Narrowing):
    """Take max(x, 0), then move to the output format.

    Args:
        rounding: of the bits that a right shift drops.
        overflow: of the shifted value.

    Source: specification page `ops/relu.md`.
    """

    operation: ClassVar[str] = "relu"


class ReluOperation(Elementwise):
    """Words of `x`, none below zero, as words of `out`."""

    name = "relu"
    algorithms = (Relu,)

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """What is negative is removed."""
        return frozenset({"out"})


RELU = register(ReluOperation())
