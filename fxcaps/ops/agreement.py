"""agreement: how well each vote points where its output capsule points."""

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
from fxcaps.ops.sums import Interval, partial_sums, product_interval, repeated, words_interval
from fxcaps.types import Shape


@dataclass(frozen=True, kw_only=True)
class Agreement(Summing):
    """`a[i, j] = votes[i, j] . v[j]`, components ascending.

    Args:
        accumulator: register of the sum; its fraction is that of the products.
        rounding: of the accumulator to the output format.
        overflow: of the rounded value.

    Source: specification page `ops/agreement.md`; Sabour et al. 2017, procedure 1, line 7.
    """

    operation: ClassVar[str] = "agreement"


class AgreementOperation(Operation):
    """`votes (I, J, D)`, `v (J, D)` -> `out (I, J)`."""

    name = "agreement"
    inputs = (Port("votes"), Port("v"))
    ranks = MappingProxyType({"votes": 3, "v": 2})
    algorithms = (Agreement,)
    meanings = MappingProxyType({"out": Role.AGREEMENT})

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """Votes and capsules agree on capsules and dimension."""
        votes, v = inputs["votes"], inputs["v"]
        expect_rank(votes, 3, "agreement votes (I, J, D)")
        expect(size(votes) > 0, f"agreement votes are empty: {votes}")
        expect(v == votes[1:], f"agreement: votes {votes} need v of shape {votes[1:]}, found {v}")
        return {"out": votes[:2]}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """Components of the vote and of the capsule it votes for."""
        _, capsules, dim = inputs["votes"]
        vote, capsule = index * dim, index % capsules * dim
        return tuple((Operand("votes", vote + k), Operand("v", capsule + k)) for k in range(dim))

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
        return {"out": inputs["votes"].frac + inputs["v"].frac}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:  # noqa: ARG002
        """The components of a capsule."""
        return {"out": inputs["votes"][2]}

    def intervals(
        self,
        params: Any,
        inputs: Signatures,
        formats: Formats,
        constants: Constants,  # noqa: ARG002
    ) -> dict[str, list[Interval]]:
        """One interval for all; both factors range over their formats."""
        votes, v = inputs["votes"], inputs["v"]
        term = product_interval(words_interval(votes.format), words_interval(v.format))
        count, frac = votes.shape[2], votes.format.frac + v.format.frac
        ends, out = repeated(term, count), formats["out"].frac
        return {"out": [partial_sums(params.accumulator, ends, count, frac=frac, out=out)]}


AGREEMENT = register(AgreementOperation())
