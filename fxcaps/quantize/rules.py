"""Rules by name: from what calibration saw of a tensor to its power-of-two format."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fxcaps.network import Network, Step
from fxcaps.ops import AddShift, Parameters, Part, operation_of
from fxcaps.ops.operands import Role
from fxcaps.quantize.formats import holding_format, minmax_format
from fxcaps.quantize.ranges import Range
from fxcaps.types import Format, Reason, Rejection


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a rule is told of a tensor besides its values.

    Args:
        width: bits of its words.
        nonnegative: no input can make it negative.
        coupling: it weights votes.
    """

    width: int
    nonnegative: bool = False
    coupling: bool = False


class Rule(ABC):
    """A way to choose formats; one object of each stands in `RULES`."""

    name: ClassVar[str]

    @abstractmethod
    def computed(self, seen: Range, subject: Subject) -> Format:
        """The format of a tensor that a step makes."""

    @abstractmethod
    def constant(self, seen: Range, width: int) -> Format:
        """The format of a trained tensor."""

    @abstractmethod
    def fixed(self, seen: Range, width: int) -> Format:
        """The format of a tensor that the architecture fixes."""

    def update(self, params: Parameters, inputs: Sequence[Format], out: Format) -> Parameters:  # noqa: ARG002
        """The addition of agreements to logits inside a routing: by the fractions as it stands."""
        return params


class MinMax(Rule):
    """`minmax`: a bound of 2**ceil(log2 max|x|), unsigned where nothing can be negative."""

    name = "minmax"

    def computed(self, seen: Range, subject: Subject) -> Format:
        """Signed unless it cannot be negative."""
        return minmax_format(seen.largest, subject.width, signed=not subject.nonnegative)

    def constant(self, seen: Range, width: int) -> Format:
        """Signed."""
        return minmax_format(seen.largest, width, signed=True)

    def fixed(self, seen: Range, width: int) -> Format:
        """A bound that holds the value itself, unsigned where it is not negative."""
        return holding_format(seen.largest, width, signed=seen.low < 0)


class Q7(Rule):
    """`q7`: the formats of Q7-CapsNets, where every word is signed.

    A tensor takes the most fraction bits n with round(max|x| * 2**n) at most 2**(width - 1), so
    that the largest value may saturate by one step; a tensor of zeros takes width - 1. Coupling
    coefficients take width - 1 less the bits of their integer part, and never more. The sum of
    logits and agreements is shifted by the difference of fractions that a product of both would
    have, as the published quantiser does it.

    Source: Costa et al. 2021, arXiv 2110.02911; it gives the weights, formats and shifts of the
    network that its authors published for MNIST.
    """

    name = "q7"

    def computed(self, seen: Range, subject: Subject) -> Format:
        """By the largest magnitude; couplings by their integer part."""
        if not subject.coupling:
            return q7_format(seen.largest, subject.width)
        above_one = math.ceil(math.log2(seen.largest)) if seen.largest > 1.0 else 0
        return Format(True, subject.width, subject.width - 1 - above_one)

    def constant(self, seen: Range, width: int) -> Format:
        """By the largest magnitude."""
        return q7_format(seen.largest, width)

    def fixed(self, seen: Range, width: int) -> Format:
        """By the largest magnitude."""
        return q7_format(seen.largest, width)

    def update(self, params: Parameters, inputs: Sequence[Format], out: Format) -> Parameters:  # noqa: ARG002
        """Shifted right by the fractions of both operands less that of the sum."""
        return AddShift(shift=sum(format.frac for format in inputs) - out.frac)


def q7_format(largest: float, width: int) -> Format:
    """The most fraction bits n with round(largest * 2**n) <= 2**(width - 1), ties to even.

    Args:
        largest: largest magnitude, finite.
        width: bits of a word.
    """
    if largest == 0.0:
        return Format(True, width, width - 1)
    _, exponent = math.frexp(largest)  # 2**(exponent - 1) <= largest < 2**exponent
    frac = width - exponent  # the product is at least 2**(width - 1)
    if round(math.ldexp(largest, frac)) > 1 << (width - 1):
        frac -= 1
    return Format(True, width, frac)


RULES: dict[str, Rule] = {rule.name: rule for rule in (MinMax(), Q7())}
"""Name -> rule."""

MINMAX = RULES["minmax"]
"""What formats are chosen by unless something else is asked for."""


def rule_named(name: str) -> Rule:
    """The rule of that name; rejects others with `NAME_UNKNOWN`."""
    if name not in RULES:
        raise Rejection(Reason.NAME_UNKNOWN, f"no rule {name!r}; known: {', '.join(RULES)}")
    return RULES[name]


def couplings_of(network: Network) -> frozenset[str]:
    """Tensors that some step, or a part of one, reads as couplings."""
    found = set()
    for step in network.steps:
        operation = operation_of(step.params)
        tensors = dict(step.inputs) | dict(step.outputs)
        reads = [(operation, step.inputs)] + [
            (operation_of(part.params), {p: tensors[name] for p, name in part.inputs.items()})
            for part in operation.parts(step.params, step.inputs)
        ]
        for reader, inputs in reads:
            found |= {
                name for port, name in inputs.items() if reader.meanings.get(port) is Role.COUPLING
            }
    return frozenset(found)


def updates_of(step: Step) -> tuple[Part, ...]:
    """Parts of a composite step that read agreements which another part has made."""
    parts = operation_of(step.params).parts(step.params, step.inputs)
    agreements = {
        name
        for part in parts
        for port, name in part.outputs.items()
        if operation_of(part.params).meanings.get(port) is Role.AGREEMENT
    }
    return tuple(part for part in parts if agreements & set(part.inputs.values()))
