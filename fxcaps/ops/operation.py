"""What an operation is: the descriptor that every other package asks."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Self

from fxcaps.ops.parameters import Parameters
from fxcaps.ops.sums import Interval, guard_accumulator, guard_bias
from fxcaps.types import (
    Accumulator,
    Format,
    Lfsr,
    Overflow,
    Philox,
    Reason,
    Rejection,
    Rounding,
    RoundingRule,
    Shape,
    Signature,
)

Signatures = Mapping[str, Signature]
Shapes = Mapping[str, Shape]
Formats = Mapping[str, Format]
Constants = Mapping[str, Sequence[int]]
"""Words of the constant inputs by port, in C order."""


class Operand(NamedTuple):
    """An input word that takes part in an output word.

    Args:
        port: of the input.
        flat: flat index in its tensor; `None` is a zero of the padding.
    """

    port: str
    flat: int | None


Term = tuple[Operand, ...]
"""Operands that are multiplied with each other; a single one stands for itself."""


class Role(StrEnum):
    """What a tensor means in routing, whatever it is called."""

    COUPLING = "coupling"
    AGREEMENT = "agreement"


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

    Args:
        rounding: of every narrowing.
        overflow: of every narrowing.
        stochastic: generator that takes the place of `rounding` wherever a sum or a quotient is
            rounded; algorithms of nonlinear functions keep `rounding`.
        algorithms: operation name -> algorithm name, for operations that have several.
    """

    rounding: Rounding = Rounding.TIES_TO_POS_INF
    overflow: Overflow = Overflow.SATURATE
    stochastic: Philox | Lfsr | None = None
    algorithms: Mapping[str, str] = field(default_factory=dict)

    def placed(self, *, step: int, iteration: int = 0) -> Self:
        """The same with the generator numbered, so that no two steps share random bits.

        `step` is added to the generator's. Shift registers have no place; theirs are the seeds.
        """
        if not isinstance(self.stochastic, Philox):
            return self
        numbered = self.stochastic.step + step
        return replace(
            self, stochastic=replace(self.stochastic, step=numbered, iteration=iteration)
        )


@dataclass(frozen=True)
class Part:
    """One flat step of a composite operation, its tensors named by the composite's ports."""

    name: str
    params: Parameters
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


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

    roles: ClassVar[Mapping[str, Role]] = {}
    """What the tensor at an input or output port means in routing."""

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
        rounding: RoundingRule = arithmetic.rounding
        if arithmetic.stochastic is not None and type(params).takes_generators():
            rounding = arithmetic.stochastic
        wanted = {"rounding": rounding, "overflow": arithmetic.overflow}
        return replace(params, **{key: value for key, value in wanted.items() if key in named})

    def expand(self, params: Any, inputs: frozenset[str]) -> tuple[Part, ...]:  # noqa: ARG002
        """The flat steps of a composite; empty for an operation that is one step already."""
        return ()

    def guard(self, params: Parameters, inputs: Signatures, formats: Formats) -> dict[str, Shape]:
        """Check a call before any word is read and return the output shapes.

        Rejects parameters of another operation (`PARAMETER_INVALID`), missing or unknown ports
        (`PORT_MISMATCH`), shapes, formats and accumulators that do not fit.
        """
        if not isinstance(params, self.algorithms):
            raise Rejection(
                Reason.PARAMETER_INVALID, f"{self.name} does not take {type(params).__name__}"
            )
        self._guard_ports(params, inputs, formats)
        shapes = self.shapes(params, {name: given.shape for name, given in inputs.items()})
        self.check_formats(params, inputs, formats)
        self._guard_formats(params, inputs, formats)
        self._guard_sums(params, inputs, formats)
        guard_lanes(shapes, getattr(params, "rounding", None), self.name)
        return shapes

    def _guard_sums(self, params: Any, inputs: Signatures, formats: Formats) -> None:
        if self.expand(params, frozenset(inputs)):
            return  # the parts of a composite have guarded their own
        input_formats = {name: given.format for name, given in inputs.items()}
        accumulators = self.accumulators(params)
        for port, frac in self.largest_fractions(params, input_formats, formats).items():
            guard_bias(inputs.get(port), accumulators.get("out"), frac, self.name)
        terms = self.terms(params, {name: given.shape for name, given in inputs.items()})
        for port, frac in self.product_fractions(params, input_formats, formats).items():
            guard_accumulator(accumulators[port], frac, terms[port], f"{self.name} {port}")

    def _guard_formats(self, params: Any, inputs: Signatures, formats: Formats) -> None:
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
        guard_overflow(formats, getattr(params, "overflow", Overflow.SATURATE), self.name)

    def _guard_ports(self, params: Parameters, inputs: Signatures, formats: Formats) -> None:
        known = {port.name for port in self.inputs}
        required = {port.name for port in self.inputs if not port.optional}
        if not required <= set(inputs) <= known:
            raise Rejection(
                Reason.PORT_MISMATCH,
                f"{self.name} takes inputs {_names(known)}, found {_names(inputs)}",
            )
        outputs = self.outputs(params)
        if set(formats) != set(outputs):
            raise Rejection(
                Reason.PORT_MISMATCH,
                f"{self.name} needs formats of {_names(outputs)}, found {_names(formats)}",
            )


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def guard_overflow(formats: Formats, overflow: Overflow, where: str) -> None:
    """Reject an overflow mode that a format has no words for."""
    for port, format in formats.items():
        if overflow is Overflow.SATURATE_SYMMETRIC and format.signed and format.width == 1:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{where} {port}: saturate_symmetric needs at least 2 signed bits",
            )


def guard_lanes(shapes: Shapes, rounding: object, where: str) -> None:
    """Reject shift registers that have fewer beats than an output has words."""
    if not isinstance(rounding, Lfsr) or rounding.beats is None:
        return
    room = len(rounding.seeds) * rounding.beats
    for port, shape in shapes.items():
        if size(shape) > room:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{where} {port}: the lanes have {room} beats for {size(shape)} words",
            )


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
