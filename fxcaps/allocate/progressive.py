"""What the three progressive methods share: bits go down unit by unit, the least susceptible first.

Reconstructions: of the published method its abstract is known to us, not its code.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from fxcaps.allocate.evaluator import Evaluator
from fxcaps.allocate.layers import Layer
from fxcaps.allocate.method import Answer, Method, Outlook, Problem, unattainable
from fxcaps.quantize.widths import table_widths

STARTS = (8, 16, 32)
"""Widths to begin with: the first at which the tolerance is kept with all tensors alike."""

PROBE = 4
"""Width of a unit whose susceptibility is measured."""

Unit = tuple[str, ...]
"""Tensors that share a width."""


@dataclass(frozen=True, kw_only=True)
class Progressive(Method):
    """Lower bits unit by unit within the tolerance.

    Units are ordered by susceptibility, the error of the class scores on the samples when only
    that unit goes to 4 bits. In that order each loses a bit as long as the tolerance is kept; a
    unit that cannot is left as it is; rounds go on until none is left. A method has stages, one
    after the other, with units of their own.
    """

    @abstractmethod
    def stages(self, problem: Problem) -> list[list[Unit]]:
        """The units of each stage."""

    def search(self, problem: Problem, evaluator: Evaluator) -> tuple[Answer, ...]:
        """Lower bits stage by stage."""
        outlook = self.outlook(problem)
        evaluator.expected = outlook.evaluations
        start = next((w for w in STARTS if evaluator.reaches(w, problem.needed)), None)
        if start is None:
            raise unattainable(problem, evaluator, STARTS[-1])
        widths = _names(problem, start)
        for units in self.stages(problem):
            widths = _lowered(problem, evaluator, widths, units)
        table = table_widths(problem.network, widths)
        bits = problem.costs.weights(table).bits
        within = problem.weight_bits is None or bits <= problem.weight_bits
        return (Answer("satisfied" if within else "accuracy", table),)

    def outlook(self, problem: Problem) -> Outlook:
        """A probe a unit, some bits a unit that are given up, and one more that is not."""
        units = sum(len(stage) for stage in self.stages(problem))
        return Outlook(
            evaluations=len(STARTS) + units * (2 + STARTS[0]),
            whole=Fraction(1) + units * Fraction(3, 2),
            samples=units,
        )


def _names(problem: Problem, width: int) -> dict[str, int]:
    inputs = problem.network.inputs
    return {name: width for name in problem.network.shapes() if name not in inputs}


def _lowered(
    problem: Problem, evaluator: Evaluator, widths: dict[str, int], units: Sequence[Unit]
) -> dict[str, int]:
    """Rounds over units, the least susceptible first."""

    def susceptibility(unit: Unit) -> float:
        probed = {name: min(PROBE, widths[name]) for name in unit}
        return evaluator.error(widths | probed, widths)

    active = sorted(units, key=susceptibility)
    while active:
        left = []
        for unit in active:
            fewer = widths | {name: widths[name] - 1 for name in unit}
            least = min(fewer[name] for name in unit)
            if least >= 1 and evaluator.reaches(fewer, problem.needed):
                widths = fewer
                left.append(unit)
        active = left
    return widths


def units_of(layers: Sequence[Layer]) -> list[Unit]:
    """Weights, then activations with fixed constants, of some layers that share their widths."""
    weights = tuple(name for layer in layers for name in layer.weights)
    activations = tuple(name for layer in layers for name in (*layer.fixed, *layer.activations))
    return [unit for unit in (weights, activations) if unit]
