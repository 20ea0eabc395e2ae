"""The shape rule that operations on single words or on the last axis share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import Arithmetic, Formats, Operation, Port, Shapes, expect
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.registry import find_parameters
from fxcaps.ops.selection import Selectable, Selection, Selections, only_axes
from fxcaps.types import Format, Reason, Rejection, Rounding, Shape


class Elementwise(Operation, Selectable):
    """An operation with one input `x` and one output of the same shape."""

    inputs: ClassVar[tuple[Port, ...]] = (Port("x"),)
    ranks: ClassVar[Mapping[str, int]] = {"x": 1}

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """Any shape; the output has the same."""
        return {"out": inputs["x"]}

    def selectable(self, params: Any, x: Shape) -> tuple[int, ...]:  # noqa: ARG002 - see overrides
        """Axes of `x` along which slices can be left out."""
        return tuple(range(len(x)))

    def selected(
        self, params: Any, inputs: Shapes, kept: Selections
    ) -> tuple[Any, dict[str, Selection]]:
        """What is left out of the input is left out of the output."""
        axes = self.selectable(params, inputs["x"])
        found = only_axes(kept, "x", axes, f"{self.name} x")
        return params, {"x": found, "out": found}

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The word at the same place."""
        return ((Operand("x", index),),)

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """The sign of the input is kept."""
        return frozenset() if inputs["x"].signed else frozenset({"out"})


class ChannelWise(Elementwise):
    """An operation with one entry of its parameters for all words, or one for each channel.

    Channels lie along the last axis; the parameters say by `channels` how many entries they have.
    """

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:
        """Any shape for one entry, otherwise a last axis of as many; the output has the same."""
        x, count = inputs["x"], params.channels
        expect(
            count == 1 or x[-1:] == (count,),
            f"{self.name}: parameters of {count} channels do not fit shape {x}",
        )
        return {"out": x}

    def selectable(self, params: Any, x: Shape) -> tuple[int, ...]:
        """All but the channels, where these have parameters of their own."""
        return tuple(range(len(x) - (params.channels > 1)))


class LastAxis(Elementwise):
    """An operation on the vectors along the last axis of `x`."""

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:  # noqa: ARG002
        """At least one axis, the last one not empty; the output has the same shape."""
        expect_vectors(inputs["x"], self.name)
        return {"out": inputs["x"]}

    def selectable(self, params: Any, x: Shape) -> tuple[int, ...]:  # noqa: ARG002
        """All but the last, whose words make each other."""
        return tuple(range(len(x) - 1))

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:  # noqa: ARG002
        """The whole vector."""
        return vector_operands(inputs["x"][-1], index // inputs["x"][-1])


@dataclass(frozen=True, kw_only=True)
class RuledParameters(Narrowing):
    """Parameters that a quantiser derives from the formats; their values round by any rule."""

    @classmethod
    @abstractmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:
        """Parameters for words of format `x` and `out`."""


@dataclass(frozen=True, kw_only=True)
class FittedParameters(RuledParameters):
    """Parameters of one of several algorithms, which a quantiser derives from the formats.

    They round by a deterministic mode; values that are to be rounded at random are given
    fraction bits to spare and a `requantize`.
    """

    rounding: Rounding = Rounding.TIES_TO_POS_INF


class Fitted(Operation):
    """An operation with one input `x` that has several algorithms."""

    def configure(
        self, params: Any, inputs: Formats, formats: Formats, arithmetic: Arithmetic
    ) -> Any:
        """The algorithm that `arithmetic` names, or that of `params`, fitted to the formats."""
        wanted = arithmetic.algorithms.get(self.name, params.algorithm)
        algorithm = find_parameters(self.name, wanted)
        if not issubclass(algorithm, RuledParameters):
            fitted = (cls.algorithm for cls in self.choices if issubclass(cls, RuledParameters))
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{self.name} {wanted} does not follow from formats; those that do: "
                f"{', '.join(sorted(fitted))}",
            )
        return algorithm.fit(inputs["x"], formats["out"], arithmetic)


class FittedLastAxis(Fitted, LastAxis):
    """An operation on vectors that has several algorithms."""


class FittedElementwise(Fitted, Elementwise):
    """An operation on single words that has several algorithms."""


def vector_operands(length: int, number: int) -> tuple[Term, ...]:
    """The words of `x` in the run of that number, runs counted from 0."""
    return tuple((Operand("x", number * length + k),) for k in range(length))


def expect_vectors(shape: Shape, where: str) -> None:
    """Reject a tensor without a last axis of at least one word."""
    expect(len(shape) > 0 and shape[-1] > 0, f"{where} needs a non-empty last axis, found {shape}")
