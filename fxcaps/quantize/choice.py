"""Where a Program's formats and words come from: a rule and ranges, or someone else's choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, TypeVar

import numpy as np

from fxcaps.network import Network, Step
from fxcaps.network.program import Ints
from fxcaps.ops import Arithmetic, operation_of
from fxcaps.quantize.formats import to_words
from fxcaps.quantize.ranges import Range
from fxcaps.quantize.rules import Rule, Subject, couplings_of, updates_of
from fxcaps.types import Format, QcapsnetsStochastic, Reason, Rejection

_T = TypeVar("_T")

_CONSTANTS = 1 << 24
"""Number of the random stream of the first tensor of weights, beyond those of all steps."""


class Choice(Protocol):
    """Where formats and words come from."""

    def constant(self, name: str) -> Format:
        """Format of a constant, its fraction not yet limited by what it aligns to."""

    def words(self, name: str, format: Format) -> Ints:
        """Words of a constant."""

    def computed(self, name: str, *, nonnegative: bool) -> Format:
        """Format of a tensor that a step makes."""

    def is_zero(self, name: str) -> bool:
        """Whether a tensor was never seen to hold anything but 0, which every format has."""

    def prepared(self, step: Step, formats: Mapping[str, Format]) -> Step:
        """The step as it is configured, given the formats of its ports."""


class ByRule:
    """Formats from ranges, words from float tensors."""

    def __init__(
        self,
        network: Network,
        seen: tuple[Mapping[str, Range], Mapping[str, Range]],
        widths: Mapping[str, int],
        rule: Rule,
        arithmetic: Arithmetic,
    ) -> None:
        self.network, self.widths, self.rule = network, widths, rule
        self.ranges, self.constants = seen
        self.rounding, self.overflow = arithmetic.constant_rounding, arithmetic.constant_overflow
        self.couplings = couplings_of(network)

    def constant(self, name: str) -> Format:
        choose_by = self.rule.fixed if name in self.network.fixed else self.rule.constant
        return choose_by(self.constants[name], self.widths[name])

    def words(self, name: str, format: Format) -> Ints:
        rounding = self.rounding
        if isinstance(rounding, QcapsnetsStochastic):
            number = _CONSTANTS + list(self.network.expected).index(name)
            rounding = replace(rounding, step=rounding.step + number)
        return to_words(self.network.tensors[name], format, rounding, self.overflow)

    def computed(self, name: str, *, nonnegative: bool) -> Format:
        subject = Subject(
            width=self.widths[name], nonnegative=nonnegative, coupling=name in self.couplings
        )
        return self.rule.computed(self.ranges[name], subject)

    def is_zero(self, name: str) -> bool:
        seen = self.constants.get(name) or self.ranges.get(name)
        return seen is not None and seen.largest == 0.0

    def prepared(self, step: Step, formats: Mapping[str, Format]) -> Step:
        operation = operation_of(step.params)
        updates = {
            part.name: self.rule.update(
                part.params,
                [formats[name] for name in part.inputs.values()],
                formats[next(iter(part.outputs.values()))],
            )
            for part in updates_of(step)
        }
        return replace(step, params=operation.with_parts(step.params, updates))


class Given:
    """Formats and words that someone else chose."""

    def __init__(self, formats: Mapping[str, Format], words: Mapping[str, Ints]) -> None:
        self.formats, self.given = formats, words

    def constant(self, name: str) -> Format:
        return _found(self.formats, name, "format")

    def words(self, name: str, format: Format) -> Ints:  # noqa: ARG002 - the Program checks them
        return _found(self.given, name, "words").astype(np.int64)

    def computed(self, name: str, *, nonnegative: bool) -> Format:  # noqa: ARG002
        return _found(self.formats, name, "format")

    def is_zero(self, name: str) -> bool:
        return name in self.given and not self.given[name].any()

    def prepared(self, step: Step, formats: Mapping[str, Format]) -> Step:  # noqa: ARG002
        return step


def _found(given: Mapping[str, _T], name: str, what: str) -> _T:
    if name not in given:
        raise Rejection(Reason.TENSOR_MISSING, f"no {what} of tensor {name!r} given")
    return given[name]
