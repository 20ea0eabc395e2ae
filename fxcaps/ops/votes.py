"""votes: each input capsule's prediction of each output capsule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import (
    Constants,
    Formats,
    Operation,
    Port,
    Shapes,
    Signatures,
    expect,
    expect_rank,
)
from fxcaps.ops.parameters import Summing
from fxcaps.ops.registry import register
from fxcaps.ops.selection import Selectable, Selection, Selections, only_axes, shared_rows
from fxcaps.ops.sums import Interval, WholeSums, partial_sums, weighted, whole_sum
from fxcaps.types import Format, Shape


@dataclass(frozen=True, kw_only=True)
class Votes(Summing):
    """`vote[i, j] = W[i, j] @ u[i]`, rounded and handled for overflow.

    Args:
        accumulator: register of the sum; its fraction is that of the products.
        rounding: of the accumulator to the output format.
        overflow: of the rounded value.

    Source: specification page `ops/votes.md`; Sabour et al. 2017, equation 2.
    """

    operation: ClassVar[str] = "votes"


class VotesOperation(Operation, Selectable, WholeSums):
    """`u (I, D_in)`, `weight (Iw, J, D_out, D_in)` -> `out (I, J, D_out)`.

    Iw divides I: matrices that a capsule type shares over its grid are stored once, and input
    capsule i uses entry `i mod Iw` (types run fastest).
    """

    name = "votes"
    inputs = (Port("u"), Port("weight", constant=True))
    ranks = MappingProxyType({"u": 2, "weight": 4})
    algorithms = (Votes,)

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """Input capsules and their dimension agree with the weight."""
        u, weight = inputs["u"], inputs["weight"]
        expect_rank(u, 2, "votes u (I, D_in)")
        expect_rank(weight, 4, "votes weight (I, J, D_out, D_in)")
        shared = weight[0] > 0 and u[0] > 0 and u[0] % weight[0] == 0
        expect(
            u[1] == weight[3] and (shared or u[0] == weight[0]),
            f"votes: weight {weight} needs u of shape {(weight[0], weight[3])}, found {u}",
        )
        expect(math.prod(weight) > 0, f"votes weight is empty: {weight}")
        return {"out": (u[0], *weight[1:3])}

    def whole_sum(self, params: Any) -> Format | None:
        """That of the register."""
        return whole_sum(params.accumulator) if type(params) is Votes else None

    def selected(
        self,
        params: Any,
        inputs: Shapes,
        kept: Selections,
    ) -> tuple[Any, dict[str, Selection]]:
        """Input capsules can be left out, with the matrices that none uses any more."""
        found = only_axes(kept, "u", (0,), "votes u")
        if not found:
            return params, {}
        rows = shared_rows(found[0], inputs["weight"][0], "votes weight")
        return params, {"u": found, "weight": {0: rows}, "out": found}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """A row of the transform and the input capsule."""
        matrices, capsules, dim_out, dim_in = inputs["weight"]
        row = index % (matrices * capsules * dim_out) * dim_in
        capsule = index // (capsules * dim_out) * dim_in
        return tuple((Operand("weight", row + k), Operand("u", capsule + k)) for k in range(dim_in))

    def macs(self, params: Any, inputs: Shapes) -> int:  # noqa: ARG002
        """One product a weight and capsule that uses it."""
        return inputs["u"][0] * math.prod(inputs["weight"][1:])

    def product_fractions(
        self,
        params: Any,  # noqa: ARG002 - one signature for all
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """Fractions of a product add."""
        return {"out": inputs["u"].frac + inputs["weight"].frac}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:  # noqa: ARG002
        """The components of an input capsule."""
        return {"out": inputs["weight"][3]}

    def intervals(
        self,
        params: Any,
        inputs: Signatures,
        formats: Formats,
        constants: Constants,
    ) -> dict[str, list[Interval]]:
        """One interval a row of the weights, for all vote components that it makes."""
        u, weight = inputs["u"].format, inputs["weight"]
        words, taps, frac = constants["weight"], weight.shape[3], u.frac + weight.format.frac
        ends = [weighted(words[k : k + taps], u) for k in range(0, len(words), taps)]
        out = formats["out"].frac
        return {
            "out": [partial_sums(params.accumulator, e, taps, frac=frac, out=out) for e in ends]
        }


VOTES = register(VotesOperation())
