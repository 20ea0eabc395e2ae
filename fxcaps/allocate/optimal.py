"""The method of fxcaps: sensitivities, an exact knapsack, verification, repair."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from fxcaps.allocate.evaluator import Evaluator
from fxcaps.allocate.knapsack import Choice, cheapest
from fxcaps.allocate.method import Answer, Method, Outlook, Problem, register_method, unattainable
from fxcaps.allocate.sensitivity import MEASURED, NARROWEST, Item, items_of, measure
from fxcaps.quantize.widths import table_widths

_CAPACITY = 2048
"""Steps into which an error budget is cut; each tensor's error is rounded up to them."""

_OCTAVES, _STEPS = 40, 4
"""Error budgets that are considered: from the largest down, so many a factor of two."""

_PRICE_SCALE = 1024
"""Costs are integers: prices in steps of 1/1024 of a bit."""

_SCREEN = Fraction(1, 10)
"""Of the validation images, those that a step of the repair is judged by at first."""

_HELPERS = (1, 2, 4)
"""How many tensors are widened together so that another may be narrower."""

Widths = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Optimal(Method):
    """Fewest bits for the error that the tolerance allows.

    1. Sensitivity: the error of the class scores on the samples when one tensor alone is narrow.
       Errors of several tensors add, as noise does that is small and independent.
    2. For an error budget, the widths of least cost are an exact multiple-choice knapsack. The
       largest budget whose widths keep the tolerance is found by bisection, by the bit-exact
       engine on validation images: first on the hardest alone, then on all.
    3. Repair: tensors are narrowed one bit at a time, those first that save most for the error
       predicted, and where a tensor cannot be narrowed alone, others are widened for its sake,
       until no single step keeps the tolerance and no such exchange saves.

    Args:
        widest: bits of the widest words considered.
        activation_price: what a bit of activations costs in bits of weights.
    """

    name: ClassVar[str] = "optimal"

    widest: int = 16
    activation_price: Fraction = field(default=Fraction(1, 8))

    def search(self, problem: Problem, evaluator: Evaluator) -> tuple[Answer, ...]:
        """Measure, solve, verify, repair."""
        return _Search(self, problem, evaluator).run()

    def outlook(self, problem: Problem) -> Outlook:
        """Sensitivities on samples, some whole evaluations, many that end early."""
        items = len(items_of(problem.network, problem.costs, self.widest))
        screens = 6 * items
        return Outlook(
            evaluations=items * len(MEASURED) + screens,
            whole=Fraction(4) + screens * _SCREEN / 4,
            samples=items * len(MEASURED),
        )

    def __str__(self) -> str:
        """Name and choices."""
        return f"{self.name}(widest={self.widest}, activation_price={self.activation_price})"


class _Search:
    def __init__(self, method: Optimal, problem: Problem, evaluator: Evaluator) -> None:
        self.problem, self.evaluator, self.widest = problem, evaluator, method.widest
        self.items = items_of(problem.network, problem.costs, method.widest)
        self.prices = {item.name: item.price(method.activation_price) for item in self.items}
        self.errors: dict[str, dict[int, float]] = {}
        self.screen = math.ceil(_SCREEN * problem.total)

    def run(self) -> tuple[Answer, ...]:
        problem, evaluator = self.problem, self.evaluator
        outlook = Optimal(widest=self.widest).outlook(problem)
        evaluator.expected = outlook.evaluations
        self.errors = measure(evaluator, self.items, self.widest)
        ladder = self._ladder()
        place = self._descend(ladder)
        widths = self._repair(self._solved(ladder[place]))
        satisfied = self._weights(widths) <= (problem.weight_bits or math.inf)
        answer = self._answer("satisfied" if satisfied else "accuracy", widths, ladder)
        if satisfied:
            return (answer,)
        small = next(
            (
                made
                for budget in reversed(ladder[: place + 1])
                if self._weights(made := self._solved(budget)) <= (problem.weight_bits or 0)
            ),
            dict.fromkeys(self.errors, NARROWEST),
        )
        return answer, self._answer("memory", small, ladder)

    def _ladder(self) -> list[float]:
        """Error budgets, the largest first: from all tensors at their narrowest."""
        largest = sum(e[NARROWEST] for e in self.errors.values() if e[NARROWEST] < math.inf)
        return [largest * 2.0 ** (-k / _STEPS) for k in range(_OCTAVES * _STEPS)]

    def _solved(self, budget: float) -> Widths:
        """The cheapest widths whose predicted errors add up to at most a budget."""
        widths = range(NARROWEST, self.widest + 1)
        classes = [
            [
                Choice(
                    round(self.prices[item.name] * _PRICE_SCALE) * width,
                    _load(self.errors[item.name][width], budget),
                )
                for width in widths
            ]
            for item in self.items
        ]
        found = cheapest(classes, _CAPACITY)
        if found is None:
            return dict.fromkeys(self.errors, self.widest)
        return {item.name: widths[k] for item, k in zip(self.items, found, strict=True)}

    def _descend(self, ladder: list[float]) -> int:
        """The largest budget that passes: bisected on the hardest images, then from there down.

        Rejects a tolerance that the widest words do not keep.
        """
        passes, fails = len(ladder) - 1, -1
        while passes - fails > 1:
            middle = (passes + fails) // 2
            if self._survives(self._solved(ladder[middle])):
                passes = middle
            else:
                fails = middle
        for place in range(passes, len(ladder)):
            if self._reaches(self._solved(ladder[place])):
                return place
        raise unattainable(self.problem, self.evaluator, self.widest)

    def _repair(self, widths: Widths) -> Widths:
        """Single steps down, then exchanges, until neither is left."""
        while True:
            widths = self._narrowed(widths)
            exchanged = self._exchanged(widths)
            if exchanged is None:
                return widths
            widths = exchanged

    def _narrowed(self, widths: Widths) -> Widths:
        """One bit less wherever the tolerance is kept; each step back is refused for certain."""
        while True:
            path = [widths]
            for item in self._by_value(widths):
                while (fewer := _changed(path[-1], {item: -1}))[item] >= NARROWEST:
                    if not self._survives(fewer):
                        break
                    path.append(fewer)
            while len(path) > 1 and not self._reaches(path[-1]):
                path.pop()
            if len(path) > 1:
                widths = path[-1]
                continue
            single = self._single(widths)
            if single is None:
                return widths
            widths = single

    def _single(self, widths: Widths) -> Widths | None:
        """Widths with one bit less somewhere that keep the tolerance, on all images."""
        for item in self._by_value(widths):
            fewer = _changed(widths, {item: -1})
            if fewer[item] >= NARROWEST and self._survives(fewer) and self._reaches(fewer):
                return fewer
        return None

    def _exchanged(self, widths: Widths) -> Widths | None:
        """Narrow one tensor and widen others that cost less, where that keeps the tolerance."""
        dear = sorted(self.items, key=lambda item: -self.prices[item.name])
        for item in dear:
            if widths[item.name] <= NARROWEST:
                continue
            for changes in self._exchanges(item, widths):
                made = _changed(widths, changes)
                if self._survives(made) and self._reaches(made):
                    return made
        return None

    def _exchanges(self, item: Item, widths: Widths) -> Iterator[dict[str, int]]:
        """Changes that save bits: those tensors are widened whose errors fall most for a price."""
        errors = self.errors

        def relief(name: str) -> float:
            fall = errors[name][widths[name]] - errors[name][widths[name] + 1]
            return -fall / float(max(self.prices[name], Fraction(1, _PRICE_SCALE)))

        others = [
            other.name
            for other in self.items
            if other is not item and widths[other.name] < self.widest
        ]
        needed = errors[item.name][widths[item.name] - 1] - errors[item.name][widths[item.name]]
        others.sort(key=relief)
        for count in _HELPERS:
            chosen = others[:count]
            if sum(self.prices[name] for name in chosen) >= self.prices[item.name]:
                return
            gained = sum(errors[n][widths[n]] - errors[n][widths[n] + 1] for n in chosen)
            if gained > needed / 4:  # predictions are rough; far less is not worth asking
                yield {item.name: -1} | dict.fromkeys(chosen, 1)

    def _by_value(self, widths: Widths) -> list[str]:
        """Tensors by the bits that a step saves for each unit of error that it is said to add."""

        def value(name: str) -> float:
            width = widths[name]
            if width <= NARROWEST:
                return 0.0
            added = self.errors[name][width - 1] - self.errors[name][width]
            return -float(self.prices[name]) / max(added, 1e-30)

        return sorted((item.name for item in self.items), key=value)

    def _survives(self, widths: Widths) -> bool:
        return self.evaluator.survives(self._asked(widths), self.problem.needed, self.screen)

    def _reaches(self, widths: Widths) -> bool:
        return self.evaluator.reaches(self._asked(widths), self.problem.needed)

    def _asked(self, widths: Widths) -> Mapping[str, int]:
        return {"*": self.widest} | widths

    def _weights(self, widths: Widths) -> int:
        table = table_widths(self.problem.network, self._asked(widths))
        return self.problem.costs.weights(table).bits

    def _answer(self, outcome: str, widths: Widths, ladder: list[float]) -> Answer:
        return Answer(
            outcome,
            table_widths(self.problem.network, self._asked(widths)),
            {
                "sensitivity": {
                    name: {str(width): error for width, error in errors.items()}
                    for name, errors in self.errors.items()
                },
                "front": self._front(ladder),
            },
        )

    def _front(self, ladder: list[float]) -> list[dict[str, Any]]:
        """What the knapsack says of cost against predicted error."""
        front: list[dict[str, Any]] = []
        for budget in ladder[:: 2 * _STEPS]:
            cost = self.problem.costs.cost(self._asked(self._solved(budget)))
            found = {"weight_bits": cost.weights.bits, "activation_bits": cost.activations.bits}
            front.append({"error": budget} | found)
        return front


def _load(error: float, budget: float) -> int:
    """An error in steps of the budget, rounded up; more than all of them where it does not fit."""
    if error == 0.0:
        return 0
    steps = error / budget * _CAPACITY if budget else math.inf
    return math.ceil(steps) if steps <= _CAPACITY else _CAPACITY + 1


def _changed(widths: Widths, changes: Mapping[str, int]) -> Widths:
    return widths | {name: widths[name] + change for name, change in changes.items()}


OPTIMAL = register_method(Optimal())
