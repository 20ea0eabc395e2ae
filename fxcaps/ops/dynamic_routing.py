"""dynamic_routing: routing by agreement, one composite step with its parts' parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import ClassVar

from fxcaps.ops.add import Add
from fxcaps.ops.agreement import AGREEMENT, Agreement
from fxcaps.ops.operation import (
    Arithmetic,
    Constants,
    Formats,
    Operation,
    Part,
    Port,
    Shapes,
    Signatures,
)
from fxcaps.ops.parameters import Parameters, part_of
from fxcaps.ops.registry import operation_of, register
from fxcaps.ops.softmax import SoftmaxExact
from fxcaps.ops.squash import SquashExact
from fxcaps.ops.sums import Interval
from fxcaps.ops.weighted_sum import WEIGHTED_SUM, WeightedSum
from fxcaps.types import Accumulator, Format, Shape, Signature


@dataclass(frozen=True, kw_only=True)
class RoutingIteration(Parameters):
    """The parameters of one iteration's parts.

    Args:
        softmax: logits `b` to coupling coefficients `c`.
        weighted_sum: `c` and the votes to `s`.
        squash: `s` to `v`.
        agreement: votes and `v` to `a`; unused where the logits are not updated.
        update: `b + a`, the next iteration's logits; unused likewise.
    """

    operation: ClassVar[str] = "routing_iteration"

    softmax: Parameters = field(default_factory=SoftmaxExact)
    weighted_sum: WeightedSum = WeightedSum()
    squash: Parameters = field(default_factory=SquashExact)
    agreement: Agreement = Agreement()
    update: Add = Add()

    def __post_init__(self) -> None:
        super().__post_init__()
        part_of("softmax", self.softmax, "routing iteration's softmax")
        part_of("squash", self.squash, "routing iteration's squash")


@dataclass(frozen=True, kw_only=True)
class DynamicRouting(Parameters):
    """Routing by agreement from zero logits.

    Args:
        iterations: one bundle an iteration, at least one.
        update_last: update the logits after the last iteration too, which changes no output
            but makes `a` and `b` of that iteration.

    Source: specification page `ops/dynamic_routing.md`; Sabour et al. 2017, procedure 1.
    """

    operation: ClassVar[str] = "dynamic_routing"

    iterations: tuple[RoutingIteration, ...]
    update_last: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(len(self.iterations) > 0, "at least one iteration is needed")

    def updates(self, r: int) -> bool:
        """Whether iteration `r` updates the logits."""
        return self.update_last or r + 1 < len(self.iterations)


class DynamicRoutingOperation(Operation):
    """`votes (I, J, D)`, `bias (Jb, D)` -> the tensors of every iteration r, counted from 0.

    `b{r} (I, J)`, `c{r} (I, J)`, `s{r} (J, D)`, `v{r} (J, D)` and, where the logits are updated,
    `a{r} (I, J)` and `b{r+1} (I, J)`. The capsules are the last iteration's `v`.
    """

    name = "dynamic_routing"
    inputs = (Port("votes"), Port("bias", constant=True, optional=True))
    ranks = MappingProxyType({"votes": 3, "bias": 2})
    algorithms = (DynamicRouting,)
    aligned = frozenset({"bias"})

    def outputs(self, params: DynamicRouting) -> tuple[str, ...]:
        """Every intermediate in the order in which it is made."""
        names = ["b0"]
        for r in range(len(params.iterations)):
            names += [f"c{r}", f"s{r}", f"v{r}"]
            names += [f"a{r}", f"b{r + 1}"] if params.updates(r) else []
        return tuple(names)

    def shapes(self, params: DynamicRouting, inputs: Shapes) -> dict[str, Shape]:
        """Logits, couplings and agreements are (I, J); sums and capsules (J, D)."""
        votes = inputs["votes"]
        WEIGHTED_SUM.shapes(params, {"c": votes[:2]} | dict(inputs))
        grid, capsules = votes[:2], votes[1:]
        return {port: grid if port[0] in "abc" else capsules for port in self.outputs(params)}

    def check_formats(self, params: DynamicRouting, inputs: Signatures, formats: Formats) -> None:
        """Every part's formats fit together."""
        shapes = self.shapes(params, {port: given.shape for port, given in inputs.items()})
        known = dict(inputs) | {
            port: Signature(shape, formats[port]) for port, shape in shapes.items()
        }
        for part in self.expand(params, frozenset(inputs)):
            operation_of(part.params).guard(
                part.params,
                {port: known[source] for port, source in part.inputs.items()},
                {port: formats[target] for port, target in part.outputs.items()},
            )

    def nonnegative(self, params: DynamicRouting, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """Coupling coefficients are not negative."""
        return frozenset(port for port in self.outputs(params) if port[0] == "c")

    def macs(self, params: DynamicRouting, inputs: Shapes) -> int:
        """The weighted sums and the agreements that are computed."""
        shapes = dict(inputs) | self.shapes(params, inputs)
        return sum(
            operation_of(part.params).macs(
                part.params, {port: shapes[source] for port, source in part.inputs.items()}
            )
            for part in self.expand(params, frozenset(inputs))
        )

    def largest_fractions(
        self, params: DynamicRouting, inputs: Formats, formats: Formats
    ) -> dict[str, int]:
        """The bias aligns to the registers of every iteration."""
        registers = (
            it.weighted_sum.accumulator.frac(inputs["votes"].frac + formats[f"c{r}"].frac)
            for r, it in enumerate(params.iterations)
        )
        return {"bias": min(registers)}

    def families(self, params: DynamicRouting) -> tuple[tuple[str, ...], ...]:
        """Logits, couplings, sums, capsules and agreements of all iterations."""
        ports = self.outputs(params)
        return tuple(tuple(port for port in ports if port.startswith(letter)) for letter in "abcsv")

    def accumulators(self, params: DynamicRouting) -> dict[str, Accumulator]:
        """Those of the weighted sums and the agreements."""
        found = {}
        for r, iteration in enumerate(params.iterations):
            found[f"s{r}"] = iteration.weighted_sum.accumulator
            if params.updates(r):
                found[f"a{r}"] = iteration.agreement.accumulator
        return found

    def with_accumulators(
        self, params: DynamicRouting, chosen: Mapping[str, Accumulator]
    ) -> DynamicRouting:
        """The same parameters with other accumulators."""
        current = self.accumulators(params) | dict(chosen)
        iterations = []
        for r, it in enumerate(params.iterations):
            sums = replace(it.weighted_sum, accumulator=current[f"s{r}"])
            agreement = replace(
                it.agreement, accumulator=current.get(f"a{r}", it.agreement.accumulator)
            )
            iterations.append(replace(it, weighted_sum=sums, agreement=agreement))
        return replace(params, iterations=tuple(iterations))

    def product_fractions(
        self, params: DynamicRouting, inputs: Formats, formats: Formats
    ) -> dict[str, int]:
        """Votes times couplings, and votes times capsules."""
        votes = inputs["votes"].frac
        found = {}
        for r in range(len(params.iterations)):
            found[f"s{r}"] = votes + formats[f"c{r}"].frac
            if params.updates(r):
                found[f"a{r}"] = votes + formats[f"v{r}"].frac
        return found

    def intervals(
        self,
        params: DynamicRouting,
        inputs: Signatures,
        formats: Formats,
        constants: Constants,
    ) -> dict[str, list[Interval]]:
        """Those of the weighted sums and the agreements."""
        votes = inputs["votes"]
        grid, capsules = votes.shape[:2], votes.shape[1:]
        found = {}
        for r, it in enumerate(params.iterations):
            given = dict(inputs) | {"c": Signature(grid, formats[f"c{r}"])}
            out = {"out": formats[f"s{r}"]}
            found[f"s{r}"] = WEIGHTED_SUM.intervals(it.weighted_sum, given, out, constants)["out"]
            if params.updates(r):
                given = {"votes": votes, "v": Signature(capsules, formats[f"v{r}"])}
                out = {"out": formats[f"a{r}"]}
                found[f"a{r}"] = AGREEMENT.intervals(it.agreement, given, out, {})["out"]
        return found

    def configure(
        self, params: DynamicRouting, inputs: Formats, formats: Formats, arithmetic: Arithmetic
    ) -> DynamicRouting:
        """Every part of every iteration, fitted to its own formats."""
        known: dict[str, Format] = dict(inputs) | dict(formats)
        fitted = {
            part.name: operation_of(part.params).configure(
                part.params,
                {port: known[source] for port, source in part.inputs.items()},
                {port: known[target] for port, target in part.outputs.items()},
                arithmetic.placed(step=k % len(_ROLES), iteration=k // len(_ROLES)),
            )
            for k, part in enumerate(self.expand(params, frozenset(inputs)))
        }
        iterations = tuple(
            replace(
                iteration,
                **{role: fitted[f"{role}{r}"] for role in _ROLES if f"{role}{r}" in fitted},
            )
            for r, iteration in enumerate(params.iterations)
        )
        return replace(params, iterations=iterations)

    def expand(self, params: DynamicRouting, inputs: frozenset[str]) -> tuple[Part, ...]:
        """Softmax, weighted sum, squash, agreement and addition for every iteration.

        `b0` is not made by any of them: it is the zero tensor.
        """
        parts: list[Part] = []
        for r, it in enumerate(params.iterations):
            sources = {"c": f"c{r}", "votes": "votes"}
            sources |= {"bias": "bias"} if "bias" in inputs else {}
            parts += [
                Part(f"softmax{r}", it.softmax, {"x": f"b{r}"}, {"out": f"c{r}"}),
                Part(f"weighted_sum{r}", it.weighted_sum, sources, {"out": f"s{r}"}),
                Part(f"squash{r}", it.squash, {"x": f"s{r}"}, {"out": f"v{r}"}),
            ]
            if params.updates(r):
                agree = {"votes": "votes", "v": f"v{r}"}
                update = {"a": f"b{r}", "b": f"a{r}"}
                parts += [
                    Part(f"agreement{r}", it.agreement, agree, {"out": f"a{r}"}),
                    Part(f"update{r}", it.update, update, {"out": f"b{r + 1}"}),
                ]
        return tuple(parts)


_ROLES = ("softmax", "weighted_sum", "squash", "agreement", "update")

DYNAMIC_ROUTING = register(DynamicRoutingOperation())
