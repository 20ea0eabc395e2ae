"""What the forms of routing by agreement share: iterations, intermediates, parts, flat steps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.add import Add
from fxcaps.ops.agreement import Agreement
from fxcaps.ops.choose import choose
from fxcaps.ops.layout import Reshape
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
from fxcaps.ops.registry import operation_of
from fxcaps.ops.selection import Selectable, Selection, Selections, only_axes
from fxcaps.ops.softmax import SoftmaxExact
from fxcaps.ops.squash import SquashExact
from fxcaps.ops.sums import Interval
from fxcaps.ops.weighted_sum import WeightedSum
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
class Routing(Parameters):
    """Routing by agreement from zero logits.

    Args:
        iterations: one bundle an iteration, at least one.
        update_last: update the logits after the last iteration too, which changes no output
            but makes `a` and `b` of that iteration.
    """

    iterations: tuple[RoutingIteration, ...]
    update_last: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(len(self.iterations) > 0, "at least one iteration is needed")

    def updates(self, r: int) -> bool:
        """Whether iteration `r` updates the logits."""
        return self.update_last or r + 1 < len(self.iterations)


class RoutingOperation(Operation, Selectable):
    """`votes (I, ..., J, D)`, `bias (Jb, D)` -> the tensors of every iteration r, from 0.

    `b{r} (I, ..., J)`, `c{r} (I, ..., J)`, `s{r} (..., J, D)`, `v{r} (..., J, D)` and, where the
    logits are updated, `a{r} (I, ..., J)` and `b{r+1} (I, ..., J)`. The capsules are the last
    iteration's `v`.
    """

    inputs = (Port("votes"), Port("bias", constant=True, optional=True))
    aligned = frozenset({"bias"})
    structure: ClassVar[frozenset[str]] = frozenset({"iterations", "update_last"})
    roles = MappingProxyType(
        {
            "softmax": "softmax",
            "weighted_sum": "weighted_sum",
            "squash": "squash",
            "agreement": "agreement",
            "update": "add",
        }
    )

    def outputs(self, params: Routing) -> tuple[str, ...]:
        """Every intermediate in the order in which it is made."""
        names = ["b0"]
        for r in range(len(params.iterations)):
            names += [f"c{r}", f"s{r}", f"v{r}"]
            names += [f"a{r}", f"b{r + 1}"] if params.updates(r) else []
        return tuple(names)

    @abstractmethod
    def check_inputs(self, params: Any, inputs: Shapes) -> None:
        """Reject votes and a bias that do not fit with `SHAPE_MISMATCH`."""

    def seen(self, params: Any, operation: str, shapes: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """Shapes under which the part of an operation reads its inputs: the same words in C order.

        Args:
            params: of the routing.
            operation: name of the part's operation.
            shapes: of the part's inputs as tensors of the routing, by port of the part.
        """
        return dict(shapes)

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:
        """Logits, couplings and agreements are (I, ..., J); sums and capsules (..., J, D)."""
        self.check_inputs(params, inputs)
        votes = inputs["votes"]
        pairs, capsules = votes[:-1], votes[1:]
        return {port: pairs if port[0] in "abc" else capsules for port in self.outputs(params)}

    def selected(
        self,
        params: Any,
        inputs: Shapes,  # noqa: ARG002 - one signature for all
        kept: Selections,
    ) -> tuple[Any, dict[str, Selection]]:
        """Input capsules can be left out: each has logits of its own."""
        found = only_axes(kept, "votes", (0,), f"{self.name} votes")
        pairs = (port for port in self.outputs(params) if port[0] in "abc")
        return params, dict.fromkeys(("votes", *pairs), found)

    def check_formats(self, params: Any, inputs: Signatures, formats: Formats) -> None:
        """Every part's formats fit together."""
        shapes = self.shapes(params, {port: given.shape for port, given in inputs.items()})
        known = {port: given.format for port, given in inputs.items()} | dict(formats)
        shapes |= {port: given.shape for port, given in inputs.items()}
        for part in self.parts(params, inputs):
            operation_of(part.params).guard(
                part.params,
                self._signatures(params, part, shapes, known),
                {port: formats[target] for port, target in part.outputs.items()},
            )

    def _signatures(
        self, params: Any, part: Part, shapes: Shapes, formats: Formats
    ) -> dict[str, Signature]:
        """What a part reads, in the shapes in which it reads it."""
        return {
            port: Signature(shape, formats[part.inputs[port]])
            for port, shape in self.part_shapes(params, part, shapes).items()
        }

    def part_shapes(self, params: Any, part: Part, shapes: Shapes) -> dict[str, Shape]:
        """Shapes of a part's inputs as the part reads them.

        Args:
            params: of the routing.
            part: one of `parts`.
            shapes: of the routing's tensors by port.
        """
        given = {port: shapes[source] for port, source in part.inputs.items()}
        return self.seen(params, part.params.operation, given)

    def nonnegative(self, params: Routing, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """Coupling coefficients, unless a negative constant stands for them."""
        return frozenset(
            f"c{r}"
            for r, it in enumerate(params.iterations)
            if operation_of(it.softmax).nonnegative(it.softmax, {})
        )

    def macs(self, params: Routing, inputs: Shapes) -> int:
        """The weighted sums and the agreements that are computed."""
        shapes = dict(inputs) | self.shapes(params, inputs)
        return sum(
            operation_of(part.params).macs(part.params, self.part_shapes(params, part, shapes))
            for part in self.parts(params, inputs)
        )

    def largest_fractions(
        self, params: Routing, inputs: Formats, formats: Formats
    ) -> dict[str, int]:
        """The bias aligns to the registers of every iteration."""
        registers = (
            it.weighted_sum.accumulator.frac(inputs["votes"].frac + formats[f"c{r}"].frac)
            for r, it in enumerate(params.iterations)
        )
        return {"bias": min(registers)}

    def families(self, params: Routing) -> tuple[tuple[str, ...], ...]:
        """Logits, couplings, sums, capsules and agreements of all iterations."""
        ports = self.outputs(params)
        return tuple(tuple(port for port in ports if port.startswith(letter)) for letter in "abcsv")

    def accumulators(self, params: Routing) -> dict[str, Accumulator]:
        """Those of every part that runs, by the intermediate it makes."""
        return {
            part.outputs[port]: accumulator
            for part in self.parts(params, ())
            for port, accumulator in operation_of(part.params).accumulators(part.params).items()
        }

    def with_accumulators(self, params: Routing, chosen: Mapping[str, Accumulator]) -> Routing:
        """The same parameters with other accumulators."""
        changed = {}
        for part in self.parts(params, ()):
            own = {port: chosen[name] for port, name in part.outputs.items() if name in chosen}
            changed[part.name] = operation_of(part.params).with_accumulators(part.params, own)
        return self.with_parts(params, changed)

    def product_fractions(
        self, params: Routing, inputs: Formats, formats: Formats
    ) -> dict[str, int]:
        """Those of every part that runs, by the intermediate it makes."""
        known = dict(inputs) | dict(formats)
        found: dict[str, int] = {}
        for part in self.parts(params, ()):
            fractions = operation_of(part.params).product_fractions(
                part.params,
                {port: known[source] for port, source in part.inputs.items()},
                {port: formats[target] for port, target in part.outputs.items()},
            )
            found |= {part.outputs[port]: frac for port, frac in fractions.items()}
        return found

    def intervals(
        self,
        params: Routing,
        inputs: Signatures,
        formats: Formats,
        constants: Constants,
    ) -> dict[str, list[Interval]]:
        """Those of every part that runs, by the intermediate it makes."""
        shapes = {port: given.shape for port, given in inputs.items()}
        shapes |= self.shapes(params, shapes)
        known = {port: given.format for port, given in inputs.items()} | dict(formats)
        found: dict[str, list[Interval]] = {}
        for part in self.parts(params, inputs):
            given = self._signatures(params, part, shapes, known)
            out = {port: formats[target] for port, target in part.outputs.items()}
            own = {port: constants[name] for port, name in part.inputs.items() if name in constants}
            spans = operation_of(part.params).intervals(part.params, given, out, own)
            found |= {part.outputs[port]: span for port, span in spans.items()}
        return found

    def configure(
        self, params: Routing, inputs: Formats, formats: Formats, arithmetic: Arithmetic
    ) -> Routing:
        """Every part of every iteration, fitted to its own formats."""
        known: dict[str, Format] = dict(inputs) | dict(formats)
        fitted = {
            part.name: choose(
                part.params,
                {port: known[source] for port, source in part.inputs.items()},
                {port: known[target] for port, target in part.outputs.items()},
                arithmetic.placed(step=k % len(self.roles), iteration=k // len(self.roles)),
                f"{self.name}.{part.name}",
            )
            for k, part in enumerate(self.parts(params, inputs))
        }
        return self.with_parts(params, fitted)

    def with_parts(self, params: Routing, parts: Mapping[str, Any]) -> Routing:
        """The same routing with other parameters of the parts named."""
        iterations = tuple(
            replace(
                iteration,
                **{role: parts[f"{role}{r}"] for role in self.roles if f"{role}{r}" in parts},
            )
            for r, iteration in enumerate(params.iterations)
        )
        return replace(params, iterations=iterations)

    def parts(self, params: Routing, inputs: Container[str]) -> tuple[Part, ...]:
        """Softmax, weighted sum, squash, agreement and addition for every iteration.

        `b0` is not made by any of them: it is the zero tensor. Each reads and makes words in the
        C order of the routing's tensors, under the shapes that `seen` gives.
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

    def expand(self, params: Routing, inputs: Shapes) -> tuple[Part, ...]:
        """The parts, and a reshape wherever a part sees a tensor in another shape.

        A tensor `x` in the shape in which a part sees it is named `x.flat`.
        """
        shapes = dict(inputs) | self.shapes(params, inputs)
        made: list[Part] = []
        for part in self.parts(params, inputs):
            known = {target for step in made for target in step.outputs.values()}
            made += self.flat_steps(params, part, shapes, known)
        return tuple(made)

    def flat_steps(
        self, params: Any, part: Part, shapes: Shapes, known: Container[str]
    ) -> list[Part]:
        """A part with the reshapes around it.

        Args:
            params: of the routing.
            part: one of `parts`.
            shapes: of the routing's tensors by port.
            known: tensors that steps before it have made.
        """
        seen = self.part_shapes(params, part, shapes)
        steps, sources = [], dict(part.inputs)
        for port, source in part.inputs.items():
            if seen[port] != shapes[source]:
                sources[port] = flat = f"{source}.flat"
                if flat not in known:
                    reshape = Reshape(shape=seen[port])
                    steps.append(Part(f"flat.{source}", reshape, {"x": source}, {"out": flat}))
        target = part.outputs["out"]
        if operation_of(part.params).shapes(part.params, seen)["out"] == shapes[target]:
            return [*steps, replace(part, inputs=sources)]
        flat = f"{target}.flat"
        reshape = Reshape(shape=shapes[target])
        return [
            *steps,
            replace(part, inputs=sources, outputs={"out": flat}),
            Part(f"grid.{target}", reshape, {"x": flat}, {"out": target}),
        ]
