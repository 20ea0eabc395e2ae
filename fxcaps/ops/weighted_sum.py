"""weighted_sum: votes weighted by coupling coefficients, summed over input capsules."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.operands import Operand, Role, Term
from fxcaps.ops.operation import (
    Constants,
    Formats,
    Operation,
    Port,
    Shapes,
    Signatures,
    expect,
    expect_rank,
    size,
)
from fxcaps.ops.parameters import Summing
from fxcaps.ops.registry import register
from fxcaps.ops.selection import Selectable, Selection, Selections, only_axes, shared_rows
from fxcaps.ops.sums import Interval, partial_sums, product_interval, repeated, words_interval
from fxcaps.types import Shape


@dataclass(frozen=True, kw_only=True)
class WeightedSum(Summing):
    """`s[j] = bias[j] + sum over i of c[i, j] * votes[i, j]`, input capsules ascending.

    Args:
        accumulator: register of the sum; its fraction is that of the products.
        rounding: of the accumulator to the output format.
        overflow: of the rounded value.

    Source: specification page `ops/weighted_sum.md`; Sabour et al. 2017, equation 2.
    """

    operation: ClassVar[str] = "weighted_sum"


class WeightedSumOperation(Operation, Selectable):
    """`c (I, Jc)`, `votes (I, J, D)`, `bias (Jb, D)` -> `out (J, D)`.

    Jc and Jb divide J: a coupling or a bias that a capsule type shares over its grid is stored
    once, and output capsule j uses entry `j mod Jc` or `j mod Jb` (types run fastest).
    """

    name = "weighted_sum"
    inputs = (Port("c"), Port("votes"), Port("bias", constant=True, optional=True))
    ranks = MappingProxyType({"c": 2, "votes": 3, "bias": 2})
    algorithms = (WeightedSum,)
    aligned = frozenset({"bias"})
    meanings = MappingProxyType({"c": Role.COUPLING})

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """Couplings, votes and bias agree on capsules and dimension."""
        c, votes = inputs["c"], inputs["votes"]
        expect_rank(c, 2, "weighted_sum c (I, J)")
        expect_rank(votes, 3, "weighted_sum votes (I, J, D)")
        expect(size(votes) > 0, f"weighted_sum votes are empty: {votes}")
        expect(
            c[0] == votes[0] and c[1] > 0 and votes[1] % c[1] == 0,
            f"weighted_sum: votes {votes} need c of shape {votes[:2]}, found {c}",
        )
        if "bias" in inputs:
            bias = inputs["bias"]
            expect_rank(bias, 2, "weighted_sum bias (J, D)")
            expect(
                bias[1] == votes[2] and bias[0] > 0 and votes[1] % bias[0] == 0,
                f"weighted_sum: votes {votes} need a bias of shape {votes[1:]}, found {bias}",
            )
        return {"out": votes[1:]}

    def selected(
        self,
        params: Any,
        inputs: Shapes,
        kept: Selections,
    ) -> tuple[Any, dict[str, Selection]]:
        """Input capsules can be left out, and output capsules; couplings stay as they are."""
        found = only_axes(kept, "votes", (0, 1), "weighted_sum votes")
        ports: dict[str, dict[int, tuple[int, ...]]] = {"votes": dict(found), "c": {}}
        if 0 in found:
            ports["c"][0] = found[0]
        if 1 in found:
            ports["c"][1] = shared_rows(found[1], inputs["c"][1], "weighted_sum c")
            ports["out"] = {0: found[1]}
            if "bias" in inputs:
                rows = shared_rows(found[1], inputs["bias"][0], "weighted_sum bias")
                ports["bias"] = {0: rows}
        return params, dict(ports)

    def largest_fractions(
        self,
        params: Any,
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """The bias aligns to the register."""
        return {"bias": params.accumulator.frac(inputs["c"].frac + inputs["votes"].frac)}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The bias, then a coupling and a vote of every input capsule."""
        count, capsules, dim = inputs["votes"]
        j, k = divmod(index, dim)
        couplings, stride = inputs["c"][1], capsules * dim
        start: tuple[Term, ...] = ()
        if "bias" in inputs:
            start = ((Operand("bias", j % inputs["bias"][0] * dim + k),),)
        return start + tuple(
            (Operand("c", i * couplings + j % couplings), Operand("votes", i * stride + index))
            for i in range(count)
        )

    def macs(self, params: Any, inputs: Shapes) -> int:  # noqa: ARG002
        """One product a vote component."""
        return size(inputs["votes"])

    def product_fractions(
        self,
        params: Any,  # noqa: ARG002 - one signature for all
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """Fractions of a product add."""
        return {"out": inputs["c"].frac + inputs["votes"].frac}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:  # noqa: ARG002
        """The input capsules."""
        return {"out": inputs["votes"][0]}

    def intervals(
        self,
        params: Any,
        inputs: Signatures,
        formats: Formats,
        constants: Constants,
    ) -> dict[str, list[Interval]]:
        """One interval a bias word, or one for all; both factors range over their formats."""
        c, votes = inputs["c"].format, inputs["votes"].format
        frac, starts, count = c.frac + votes.frac, [0], inputs["votes"].shape[0]
        if "bias" in inputs:
            shift = params.accumulator.frac(frac) - inputs["bias"].format.frac
            starts = [word << shift for word in constants["bias"]]
        ends = repeated(product_interval(words_interval(c), words_interval(votes)), count)
        out = formats["out"].frac
        return {
            "out": [
                partial_sums(params.accumulator, ends, count, frac=frac, out=out, start=start)
                for start in starts
            ]
        }


WEIGHTED_SUM = register(WeightedSumOperation())
