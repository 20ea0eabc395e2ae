"""What every method of allocation is given and gives, and the methods by name.

To add one, derive from `Method` and call `register_method`. A method asks the evaluator and nobody
else, and decides by its answers alone: then it can be resumed, and runs on any executor.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

from fxcaps.allocate.cost import PROGRAM, Accounting, CostModel
from fxcaps.allocate.evaluator import Evaluator
from fxcaps.network import Network
from fxcaps.types import Reason, Rejection


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is asked for.

    Args:
        network: with its tensors.
        float_correct: validation images that the float network gets right.
        total: validation images.
        tolerance: points (of 100) that the accuracy may be below that of the floats.
        weight_bits: most bits of all weights; `None` where memory is no matter.
        accounting: how weights are counted.

    Rejects a tolerance below 0 (`PARAMETER_INVALID`), one that is less than an image, and a
    budget below one bit a weight (`DATA_INVALID`, `PARAMETER_INVALID`), saying what would do.
    """

    network: Network
    float_correct: int
    total: int
    tolerance: Fraction
    weight_bits: int | None = None
    accounting: Accounting = PROGRAM

    def __post_init__(self) -> None:
        if self.tolerance < 0:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"tolerance must be at least 0 points, found {float(self.tolerance)}",
            )
        if 0 < self.tolerance * self.total < 100:
            raise Rejection(
                Reason.DATA_INVALID,
                f"a tolerance of {float(self.tolerance)} points is less than one of {self.total} "
                f"validation images; give at least {math.ceil(100 / self.tolerance)} images, or "
                f"allow {100 / self.total:.3g} points",
            )
        weights = self.costs.weights(dict.fromkeys(self.costs.shapes, 1)).words
        if self.weight_bits is not None and self.weight_bits < weights:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"a budget of {self.weight_bits} bits is below one bit for each of {weights} "
                f"weights; allow at least {weights}, or prune the network",
            )

    @cached_property
    def costs(self) -> CostModel:
        """What widths cost."""
        return CostModel(self.network, self.accounting)

    @property
    def bound(self) -> Fraction:
        """Right images at the tolerated accuracy; need not be whole."""
        return self.float_correct - self.tolerance * self.total / 100

    @property
    def needed(self) -> int:
        """The fewest right images that the tolerance allows."""
        return max(0, math.ceil(self.bound))


@dataclass(frozen=True)
class Answer:
    """Widths that a method arrived at.

    Args:
        outcome: `satisfied` where every bound is met; other words are the method's own.
        widths: of every tensor, by name.
        details: what else the method found, JSON values: `sensitivity` is the error by tensor and
            width, `front` is cost against predicted error.
    """

    outcome: str
    widths: Mapping[str, int]
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What a method expects to evaluate, before it has.

    Args:
        evaluations: at most so many, or about, where answers decide how many.
        whole: how many evaluations of all validation images they come to, about.
        samples: of the evaluations, those of the samples alone.
    """

    evaluations: int
    whole: Fraction
    samples: int = 0


@dataclass(frozen=True, kw_only=True)
class Method(ABC):
    """A way to choose widths; its fields are its own choices."""

    name: ClassVar[str]

    @abstractmethod
    def search(self, problem: Problem, evaluator: Evaluator) -> tuple[Answer, ...]:
        """Choose widths; the first answer is the one to take.

        Sets `evaluator.expected` where it can say how many evaluations it takes at most. Rejects
        a problem that no widths solve, saying what would work.
        """

    def outlook(self, problem: Problem) -> Outlook | None:  # noqa: ARG002 - see overrides
        """What it expects to evaluate; `None` where it cannot say."""
        return None

    def __str__(self) -> str:
        """Name and choices, for certificates."""
        own = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))
        return f"{self.name}({own})" if own else self.name


METHODS: dict[str, Method] = {}
"""Name -> method with its default choices."""


def register_method(method: Method) -> Method:
    """Add a method; rejects a name that is taken with `PARAMETER_INVALID`."""
    if method.name in METHODS:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"a method named {method.name} is registered already"
        )
    METHODS[method.name] = method
    return method


def method_named(name: str) -> Method:
    """The method of that name; rejects others with `NAME_UNKNOWN`."""
    if name not in METHODS:
        raise Rejection(Reason.NAME_UNKNOWN, f"no method {name!r}; known: {', '.join(METHODS)}")
    return METHODS[name]


def unattainable(
    problem: Problem,
    evaluator: Evaluator,
    width: int,
    *,
    share: Fraction = Fraction(1),
) -> Rejection:
    """The rejection of a tolerance that even the widest words considered do not keep.

    Args:
        problem: what was asked for.
        evaluator: that answered.
        width: of the widest words.
        share: of the tolerance that they may use.
    """
    best = evaluator.correct(width)
    failure = next((r.failure for r in reversed(evaluator.records) if r.failure), "")
    if failure and not best:
        reason = f"no Program of theirs runs ({failure})"
    else:
        loss = Fraction(100 * (problem.float_correct - best), problem.total) / share
        reason = f"a tolerance {'of' if share == 1 else 'above'} {float(loss):.4g} points would do"
    asked = "" if share == 1 else f", of which the first step may use {100 * float(share):g} %"
    return Rejection(
        Reason.PARAMETER_INVALID,
        f"words of {width} bits get {best} of {problem.total} images right, the floats "
        f"{problem.float_correct}; the tolerance is {float(problem.tolerance)} points{asked}; "
        f"{reason}",
    )
