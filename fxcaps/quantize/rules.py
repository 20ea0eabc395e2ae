"""Rules by name: from what calibration saw of a tensor to its power-of-two format.

Another package's rule derives from `Rule` and is added by `register_rule`.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

from fxcaps.network import Network, Step
from fxcaps.ops import AddShift, Parameters, Part, operation_of
from fxcaps.ops.operands import Role
from fxcaps.quantize.calibration import Observation
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

    def __str__(self) -> str:
        """What a Program's origin says of the rule."""
        return self.name

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


@dataclass(frozen=True, kw_only=True)
class Bounded(Rule):
    """A rule that chooses a power-of-two bound; words are unsigned where nothing can be negative.

    Constants are signed, but those of the architecture are held exactly where their bits allow.
    """

    @abstractmethod
    def choose(self, seen: Range, width: int, *, signed: bool) -> Format:
        """The format of words of `width` bits for what was seen."""

    def computed(self, seen: Range, subject: Subject) -> Format:
        """Signed unless it cannot be negative."""
        return self.choose(seen, subject.width, signed=not subject.nonnegative)

    def constant(self, seen: Range, width: int) -> Format:
        """Signed."""
        return self.choose(seen, width, signed=True)

    def fixed(self, seen: Range, width: int) -> Format:
        """A bound that holds the value itself, unsigned where it is not negative."""
        return holding_format(seen.largest, width, signed=seen.low < 0)

    def __str__(self) -> str:
        """Name and parameters."""
        own = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        return f"{self.name}({own})" if own else self.name


@dataclass(frozen=True, kw_only=True)
class MinMax(Bounded):
    """`minmax`: a bound of 2**ceil(log2 max|x|), unsigned where nothing can be negative."""

    name: ClassVar[str] = "minmax"

    def choose(self, seen: Range, width: int, *, signed: bool) -> Format:
        """From the largest magnitude, which may itself saturate by one step."""
        return minmax_format(seen.largest, width, signed=signed)


@dataclass(frozen=True, kw_only=True)
class Percentile(Bounded):
    """The least power-of-two bound below which the magnitudes of a share of all values lie.

    Args:
        share: of the values, above 0 and at most 1; 1 is the least bound that clips none.
    """

    name: ClassVar[str] = "percentile"

    share: float = 0.9999

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"percentile share must be above 0 and at most 1, found {self.share!r}",
            )

    def choose(self, seen: Range, width: int, *, signed: bool) -> Format:
        """Counts are exact, because powers of two are edges of bins."""
        histogram = observation(seen, self.name).histogram
        format = minmax_format(seen.largest, width, signed=signed)
        if seen.largest == 0.0:
            return format
        allowed = (1 - self.share) * histogram.total
        if histogram.beyond(bound(format)) > allowed:  # the maximum is the bound itself
            return at_bound(format, bound(format) + 1)
        while histogram.beyond(bound(format) - 1) <= allowed:
            if bound(format) < _LEAST:  # only zeros lie below
                return minmax_format(0.0, width, signed=signed)
            format = at_bound(format, bound(format) - 1)
        return format


_LEAST = -1022
"""Magnitudes below 2**-1022 count as zero."""


@dataclass(frozen=True, kw_only=True)
class Mse(Bounded):
    """The bound among the powers of two with the least squared error of words.

    Rounding to nearest and clipping together; among equals the largest bound.
    """

    name: ClassVar[str] = "mse"

    def choose(self, seen: Range, width: int, *, signed: bool) -> Format:
        """From the histogram."""
        return least_error(observation(seen, self.name), width, signed=signed, clipping=1.0)


@dataclass(frozen=True, kw_only=True)
class Sqnr(Bounded):
    """The bound with the largest signal-to-quantisation-noise ratio, clipping weighed apart.

    Like `mse`, but noise of clipping counts `gamma` times, because it hits the largest values.

    Args:
        gamma: above 0; 3 is the factor of the SQNR encoding analyser of AIMET.
    """

    name: ClassVar[str] = "sqnr"

    gamma: float = 3.0

    def __post_init__(self) -> None:
        if not self.gamma > 0:
            raise Rejection(
                Reason.PARAMETER_INVALID, f"sqnr gamma must be above 0, found {self.gamma!r}"
            )

    def choose(self, seen: Range, width: int, *, signed: bool) -> Format:
        """From the histogram."""
        return least_error(observation(seen, self.name), width, signed=signed, clipping=self.gamma)


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


RULES: dict[str, Rule] = {rule.name: rule for rule in (MinMax(), Q7(), Percentile(), Mse(), Sqnr())}
"""Name -> rule, with its default parameters."""

MINMAX = RULES["minmax"]
"""What formats are chosen by unless something else is asked for."""


def rule_named(name: str) -> Rule:
    """The rule of that name; rejects others with `NAME_UNKNOWN`."""
    if name not in RULES:
        raise Rejection(Reason.NAME_UNKNOWN, f"no rule {name!r}; known: {', '.join(RULES)}")
    return RULES[name]


def register_rule(rule: Rule) -> Rule:
    """Add a rule to `RULES`; rejects a name that is taken with `PARAMETER_INVALID`."""
    if rule.name in RULES:
        raise Rejection(Reason.PARAMETER_INVALID, f"a rule named {rule.name} is registered already")
    RULES[rule.name] = rule
    return rule


def bound(format: Format) -> int:
    """The exponent of a format's bound: magnitudes reach 2**bound."""
    return format.width - format.signed - format.frac


def at_bound(format: Format, exponent: int) -> Format:
    """A format of the same width and sign with another bound."""
    return Format(format.signed, format.width, format.width - format.signed - exponent)


def least_error(seen: Observation, width: int, *, signed: bool, clipping: float) -> Format:
    """The format with the least squared error, that of clipping counted `clipping` times.

    Bounds are compared from one above that of `minmax`, whose largest word is just below it, down
    to where clipping alone costs more than the best: it only grows from there.
    """
    widest = minmax_format(seen.largest, width, signed=signed)
    if seen.largest == 0.0:
        return widest
    best, least = widest, math.inf
    for exponent in range(bound(widest) + 1, _LEAST, -1):
        format = at_bound(widest, exponent)
        rounded, clipped = seen.histogram.errors(format, seen.low, seen.high)
        if rounded + clipping * clipped < least:
            best, least = format, rounded + clipping * clipped
        if clipping * clipped > least:
            break
    return best


def observation(seen: Range, rule: str) -> Observation:
    """What was seen with its histogram; rejects a range alone with `DATA_INVALID`."""
    if not isinstance(seen, Observation):
        raise Rejection(
            Reason.DATA_INVALID, f"the rule {rule} needs histograms: calibrate, not ranges alone"
        )
    return seen


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
