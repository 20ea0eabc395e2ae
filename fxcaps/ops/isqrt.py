"""isqrt: the integer square root of single words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from fxcaps.ops.cost import Cost, root_bits
from fxcaps.ops.elementwise import Elementwise
from fxcaps.ops.operation import Formats
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.types import Format, Overflow


@dataclass(frozen=True, kw_only=True)
class Isqrt(Parameters):
    """The floor of the square root at the output's fraction.

    Guard bits are what the output has beyond half the input's fraction:
    `out.frac - x.frac / 2`.

    Args:
        overflow: of a root that the output cannot hold.

    Source: specification page `ops/isqrt.md`.
    """

    operation: ClassVar[str] = "isqrt"

    overflow: Overflow = Overflow.SATURATE

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:
        """One root a word, of the largest word at twice the output's fraction."""
        x = inputs["x"]
        shift = 2 * out.frac - x.frac
        largest = x.max << shift if shift >= 0 else x.max >> -shift
        return Cost(root_cycles=dim * root_bits(largest))


class IsqrtOperation(Elementwise):
    """Words of `x`, none negative, to the floor of their roots."""

    name = "isqrt"
    algorithms = (Isqrt,)

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """A root is not negative."""
        return frozenset({"out"})


ISQRT = register(IsqrtOperation())
