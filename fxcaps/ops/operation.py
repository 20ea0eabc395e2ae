"""What an operation is: the descriptor that every other package asks."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Self

from fxcaps.ops.guards import guard_lanes, guard_modes, guard_names, guard_shared
from fxcaps.ops.operands import Role, Term
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.sums import Interval, guard_accumulator, guard_bias, guard_inner
from fxcaps.types import (
    Accumulator,
    Format,
    Overflow,
    Philox,
    Reason,
    Rejection,
    Rounding,
    RoundingRule,
    Shape,
    Signature,
    WeightRule,
)

Signatures = Mapping[str, Signature]
Shapes = Mapping[str, Shape]
Formats = Mapping[str, Format]
Constants = Mapping[str, Sequence[int]]
"""Words of the constant inputs by port, in C order."""

_DIGITS = "0123456789"


@dataclass(frozen=True)
class Port:
    """An input of an operation.

    Args:
        name: the port's name.
        constant: the same for every sample (weights); others carry one tensor a sample.
        optional: may be left out.
    """

    name: str
    constant: bool = False
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """The choices a quantiser makes for a whole network.

    Operations go by name; `dynamic_routing.update` is the part of that role in a composite,
    `dynamic_routing.update1` that of one iteration, and each comes before its operation, `add`.

    Args:
        rounding: of every narrowing.
        overflow: of every narrowing.
        stochastic: rule that is no mode, in the place of `rounding` wherever a sum or a quotient
            is rounded; algorithms of nonlinear functions take such a rule from `fixed` alone.
        algorithms: operation -> algorithm, for operations that have several.
        accumulator: of every sum, its fraction that of the products; `None` is the narrowest
            that the static range allows, checked `exact`.
        fixed: operation -> parameter -> value, where an operation differs from the above.
        closed: refuse an operation that `fixed` does not name.
        constant_rounding: of the weights, once, when a Program is made.
        constant_overflow: likewise.
    """

    rounding: Rounding = Rounding.TIES_TO_POS_INF
    overflow: Overflow = Overflow.SATURATE
    stochastic: RoundingRule | None = None
    algorithms: Mapping[str, str] = field(default_factory=dict)
    accumulator: Accumulator | None = None
    fixed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    closed: bool = False
    constant_rounding: WeightRule = Rounding.TIES_TO_EVEN
    constant_overflow: Overflow = Overflow.SATURATE

    def of(self, operation: str, place: str = "") -> Arithmetic:
        """What holds for an operation, at a place of a composite where one is given.

        A place is a role with its iteration, `dynamic_routing.update1`; the role alone stands
        for all iterations. What is fixed for it is found under its own name in `fixed`.
        """
        places = _places(operation, place)
        names = [name for name in places if name in self.fixed]
        fixed = self.fixed[names[0]] if names else {}
        chosen = [self.algorithms[name] for name in places if name in self.algorithms]
        rounding: RoundingRule = fixed.get("rounding", self.stochastic or self.rounding)
        return replace(
            self,
            rounding=rounding if isinstance(rounding, Rounding) else self.rounding,
            stochastic=None if isinstance(rounding, Rounding) else rounding,
            overflow=fixed.get("overflow", self.overflow),
            accumulator=fixed.get("accumulator", self.accumulator),
            algorithms=dict(self.algorithms) | ({operation: chosen[0]} if chosen else {}),
            fixed=dict(self.fixed) | {operation: fixed},
        )

    def placed(self, *, step: int, iteration: int = 0) -> Self:
        """The same with the generators numbered, so that no two steps share random bits.

        `step` is added to a generator's. Shift registers have no place; theirs are the seeds.
        """

        def numbered(value: Any) -> Any:
            if not isinstance(value, Philox):
                return value
            return replace(value, step=value.step + step, iteration=iteration)

        fixed = {
            name: {key: numbered(value) for key, value in values.items()}
            for name, values in self.fixed.items()
        }
        return replace(self, stochastic=numbered(self.stochastic), fixed=fixed)

    def names(self, operation: str, place: str = "") -> bool:
        """Whether `fixed` says something of an operation at a place."""
        return any(name in self.fixed for name in _places(operation, place))


def _places(operation: str, place: str) -> tuple[str, str, str]:
    """Where choices for an operation may stand, the narrowest first."""
    return place, place.rstrip(_DIGITS), operation


@dataclass(frozen=True)
class Part:
    """One flat step of a composite operation, its tensors named by the composite's ports."""

    name: str
    params: Parameters
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]

    @property
    def role(self) -> str:
        """The name without the iteration: `squash` of `squash2`."""
        return self.name.rstrip(_DIGITS)


class Operation(ABC):
    """Descriptor of an operation: ports, shapes, formats, static ranges, cost; no arithmetic."""

    name: ClassVar[str]
    revision: ClassVar[int] = 1
    inputs: ClassVar[tuple[Port, ...]]
    algorithms: ClassVar[tuple[type[Parameters], ...]]
    ranks: ClassVar[Mapping[str, int]] = {}
    """Axes of one sample at each input port."""

    aligned: ClassVar[frozenset[str]] = frozenset()
    """Input ports that a left shift aligns to the products (biases)."""

    structure: ClassVar[frozenset[str]] = frozenset()
    """Parameters that are the network's (strides), not the arithmetic's."""

    roles: ClassVar[Mapping[str, str]] = {}
    """Operations of a composite's parts by role."""

    meanings: ClassVar[Mapping[str, Role]] = {}
    """What the tensor at an input or output port means in routing."""

    added: tuple[type[Parameters], ...] = ()
    """Algorithms that other packages registered."""

    @property
    def choices(self) -> tuple[type[Parameters], ...]:
        """Every algorithm: its own, then those that other packages registered."""
        return (*self.algorithms, *self.added)

    def expect_choice(self, params: Parameters) -> None:
        """Reject parameters of another operation or of no registered class.

        A class derived from an algorithm's is another algorithm and needs its own registration.
        """
        if type(params) not in self.choices:
            raise Rejection(
                Reason.PARAMETER_INVALID, f"{self.name} does not take {type(params).__name__}"
            )

    inner_sums: ClassVar[bool] = False
    """Whether what accumulators sum is not the output itself but a divisor or a norm."""

    def outputs(self, params: Any) -> tuple[str, ...]:  # noqa: ARG002 - composites depend on it
        """Names of the output ports, in the order in which they are made."""
        return ("out",)

    def rank(self, params: Any, port: str) -> int | None:  # noqa: ARG002 - see overrides
        """Axes of one sample at an input port; `None` where any number is possible."""
        return self.ranks.get(port)

    @abstractmethod
    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:
        """Shape of every output; rejects inputs that do not fit with `SHAPE_MISMATCH`."""

    def check_formats(  # noqa: B027 - most operations combine any formats
        self, params: Any, inputs: Signatures, formats: Formats
    ) -> None:
        """Reject formats that the operation cannot combine."""

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """Output ports that can never be negative, whatever the words of the inputs."""
        return frozenset()

    def fixed_formats(self, params: Any, inputs: Shapes) -> dict[str, Format]:  # noqa: ARG002
        """Output ports whose format does not depend on the data."""
        return {}

    def same_format(self, params: Any) -> Mapping[str, str]:  # noqa: ARG002 - see overrides
        """Output port -> input port whose format it takes over."""
        return {}

    def shared_formats(self, params: Any) -> tuple[tuple[str, ...], ...]:  # noqa: ARG002
        """Groups of input ports that must have one format; ports left out do not count."""
        return ()

    def trained(self, params: Any) -> Mapping[str, int]:  # noqa: ARG002 - see overrides
        """Trained numbers that the parameters themselves hold (batch normalisation), by name."""
        return {}

    def macs(self, params: Any, inputs: Shapes) -> int:  # noqa: ARG002 - see overrides
        """Multiply-accumulates of one sample."""
        return 0

    def largest_fractions(
        self,
        params: Any,  # noqa: ARG002 - composites need them
        inputs: Formats,  # noqa: ARG002
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """Most fraction bits of each aligned port."""
        return {}

    def families(self, params: Any) -> tuple[tuple[str, ...], ...]:  # noqa: ARG002
        """Output ports that are one quantity at different iterations."""
        return ()

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The input words that make the output word at a flat index.

        A sum of products has the aligned term first, if there is one, then a term a product in
        the order in which they are added. Empty where the operation does not say: it is then
        explained by its values alone.
        """
        return ()

    def first_wins(self, params: Any) -> Mapping[str, int]:  # noqa: ARG002 - see overrides
        """Input port -> axis (from the end) along which the first of equals is the result."""
        return {}

    def unclipped(self, params: Any) -> Any:
        """The same parameters without what changes a sum between register and rounding."""
        return params

    def accumulators(self, params: Any) -> dict[str, Accumulator]:
        """Accumulators by the output port they fill."""
        found = getattr(params, "accumulator", None)
        return {"out": found} if isinstance(found, Accumulator) else {}

    def with_accumulators(self, params: Any, chosen: Mapping[str, Accumulator]) -> Any:
        """The same parameters with other accumulators."""
        return replace(params, accumulator=chosen["out"]) if "out" in chosen else params

    def product_fractions(
        self,
        params: Any,  # noqa: ARG002 - composites need them
        inputs: Formats,  # noqa: ARG002
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """Fraction bits of the full-precision products that each accumulator sums."""
        return {}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:  # noqa: ARG002
        """Number of products that each accumulator sums for one word."""
        return {}

    def intervals(
        self,
        params: Any,  # noqa: ARG002 - see overrides
        inputs: Signatures,  # noqa: ARG002
        formats: Formats,  # noqa: ARG002
        constants: Constants,  # noqa: ARG002
    ) -> dict[str, list[Interval]]:
        """Static range of the partial sums of each accumulator.

        One interval for every group of outputs that shares constants (an output channel), from
        the actual constant words and the formats of the other inputs. It holds for every
        partial sum in every order, the start value included.
        """
        return {}

    def configure(
        self,
        params: Any,
        inputs: Formats,  # noqa: ARG002 - algorithms with tables need them
        formats: Formats,  # noqa: ARG002
        arithmetic: Arithmetic,
    ) -> Any:
        """The same step with the quantiser's choices; structure is kept."""
        named = {field.name for field in fields(params)}
        random = arithmetic.stochastic if type(params).takes_generators() else None
        wanted = {"rounding": random or arithmetic.rounding, "overflow": arithmetic.overflow}
        return replace(params, **{key: value for key, value in wanted.items() if key in named})

    def parts(self, params: Any, inputs: Container[str]) -> tuple[Part, ...]:  # noqa: ARG002
        """The operations that a composite is made of; empty for one that is no composite."""
        return ()

    def with_parts(self, params: Any, parts: Mapping[str, Parameters]) -> Any:
        """The same composite with other parameters of the parts named."""
        return replace(params, **parts)

    def expand(self, params: Any, inputs: Shapes) -> tuple[Part, ...]:  # noqa: ARG002
        """The flat steps of a composite; empty for an operation that is one step already.

        Steps may pass tensors to each other that are no ports of the composite. Such a tensor
        is named `port.view` and has the format of that port.

        Args:
            params: of the composite.
            inputs: shapes of its inputs by port.
        """
        return ()

    def guard(self, params: Parameters, inputs: Signatures, formats: Formats) -> dict[str, Shape]:
        """Check a call before any word is read and return the output shapes.

        Rejects parameters of another operation (`PARAMETER_INVALID`), missing or unknown ports
        (`PORT_MISMATCH`), shapes, formats and accumulators that do not fit.
        """
        self.expect_choice(params)
        self._guard_ports(params, inputs, formats)
        shapes = self.shapes(params, {name: given.shape for name, given in inputs.items()})
        self.check_formats(params, inputs, formats)
        self._guard_formats(params, inputs, formats)
        self._guard_sums(params, inputs, formats)
        guard_lanes(shapes, getattr(params, "rounding", None), self.name)
        return shapes

    def _guard_sums(self, params: Any, inputs: Signatures, formats: Formats) -> None:
        shapes = {name: given.shape for name, given in inputs.items()}
        if self.expand(params, shapes):
            return  # the parts of a composite have guarded their own
        input_formats = {name: given.format for name, given in inputs.items()}
        accumulators = self.accumulators(params)
        for port, frac in self.largest_fractions(params, input_formats, formats).items():
            guard_bias(inputs.get(port), accumulators.get("out"), frac, self.name)
        terms = self.terms(params, shapes)
        for port, frac in self.product_fractions(params, input_formats, formats).items():
            where = f"{self.name} {port}"
            guard_accumulator(accumulators[port], frac, terms[port], where)
            if self.inner_sums:
                guard_inner(accumulators[port], frac, where)

    def _guard_formats(self, params: Any, inputs: Signatures, formats: Formats) -> None:
        guard_shared(self.shared_formats(params), inputs, params.title())
        for port, source in self.same_format(params).items():
            if formats[port] != inputs[source].format:
                raise Rejection(
                    Reason.FORMAT_MISMATCH,
                    f"{self.name} moves words: {port} must be {inputs[source].format} like "
                    f"{source}, found {formats[port]}",
                )
        shapes = {name: given.shape for name, given in inputs.items()}
        for port, fixed in self.fixed_formats(params, shapes).items():
            if formats[port] != fixed:
                raise Rejection(
                    Reason.FORMAT_MISMATCH,
                    f"{self.name} {port} must be {fixed}, found {formats[port]}",
                )
        guard_modes(formats, params, self.name)

    def _guard_ports(self, params: Parameters, inputs: Signatures, formats: Formats) -> None:
        known = {port.name for port in self.inputs}
        required = {port.name for port in self.inputs if not port.optional}
        guard_names(known, required, inputs, f"{self.name} takes inputs")
        outputs = set(self.outputs(params))
        guard_names(outputs, outputs, formats, f"{self.name} needs formats of")


def expect(condition: bool, message: str) -> None:
    """Reject with `SHAPE_MISMATCH` unless `condition` holds."""
    if not condition:
        raise Rejection(Reason.SHAPE_MISMATCH, message)


def expect_rank(shape: Shape, rank: int, where: str) -> None:
    """Reject a tensor that does not have `rank` axes."""
    expect(len(shape) == rank, f"{where} needs {rank} axes, found shape {shape}")


def size(shape: Shape) -> int:
    """Number of words of a tensor."""
    return math.prod(shape)
