"""One width for every tensor: what any other method has to beat."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from fxcaps.allocate.evaluator import Evaluator
from fxcaps.allocate.method import Answer, Method, Outlook, Problem, register_method, unattainable
from fxcaps.quantize.widths import table_widths


@dataclass(frozen=True, kw_only=True)
class Uniform(Method):
    """The narrowest width that keeps the tolerance, by bisection.

    Accuracy need not fall with every bit; what is found is then one of the widths that keep the
    tolerance while the next narrower one does not.

    Args:
        widest: width to begin with.
    """

    name: ClassVar[str] = "uniform"

    widest: int = 16

    def search(self, problem: Problem, evaluator: Evaluator) -> tuple[Answer, ...]:
        """Bisect; a budget of weights is checked last."""
        keeps, fails = self.widest, 0
        evaluator.expected = self.outlook(problem).evaluations
        if not evaluator.reaches(keeps, problem.needed):
            raise unattainable(problem, evaluator, keeps)
        while keeps - fails > 1:
            middle = (keeps + fails) // 2
            if evaluator.reaches(middle, problem.needed):
                keeps = middle
            else:
                fails = middle
        widths = table_widths(problem.network, keeps)
        bits = problem.costs.weights(widths).bits
        within = problem.weight_bits is None or bits <= problem.weight_bits
        return (Answer("satisfied" if within else "accuracy", widths),)

    def outlook(self, problem: Problem) -> Outlook:  # noqa: ARG002 - it does not depend on it
        """The widest and a bisection, of which about half looks at all images."""
        evaluations = 1 + (self.widest - 1).bit_length()
        return Outlook(evaluations=evaluations, whole=Fraction(1 + evaluations, 2))


UNIFORM = register_method(Uniform())
