"""The method of fxcaps: sensitivities, an exact knapsack, verification, repair."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from fxcaps.allocate.evaluator import Evaluator
from fxcaps.allocate.knapsack import Choice, cheapest
from fxcaps.allocate.method import Answer, Method, Outlook, Problem, register_method, unattainable
from fxcaps.allocate.sensitivity import MEASURED, NARROWEST, items_of, measure
from fxcaps.quantize.widths import table_widths

_CAPACITY = 2048
"""Steps into which an error budget is cut; each tensor's error is rounded up to them."""

_OCTAVES, _STEPS = 24, 4
"""Error budgets that are considered: from the largest down, so many a factor of two."""

_SCREEN = Fraction(1, 10)
"""Of the validation images, those that steps are judged by before all are asked."""

_HELPERS = (1, 2, 4)
"""How many tensors are widened together so that another may be narrower."""

_DEAR = Fraction(1, 100)
"""Of all bits a weight, the share from which on a tensor is narrowed before the others are."""

Table = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Optimal(Method):
    """Fewest bits of weights, then of activations, for the error that the tolerance allows.

    1. Sensitivity: the error of the class scores on the samples when one tensor alone is narrow.
       Errors of several tensors add, as noise does that is small and independent.
    2. For an error budget, the weights' widths of least cost are an exact multiple-choice
       knapsack. The largest budget is bisected whose widths keep the tolerance on the hardest
       images, by the bit-exact engine. With a budget of weight bits, the smallest error that
       holds it is taken instead, and what is left of the tolerance goes to activations.
       Tensors with at least a hundredth of the weights come first, the rest with what they leave.
    3. Repair: weights are narrowed one bit at a time, those first that save most for the error
       predicted; where one cannot be narrowed alone, others are widened for its sake. What comes
       out is verified on all images, and steps are taken back until it holds.
    4. The same for activations, with the weights as they are.
    5. Repair of all until every single step is refused.

    Args:
        widest: bits of the widest words considered.
    """

    name: ClassVar[str] = "optimal"

    widest: int = 16

    def search(self, problem: Problem, evaluator: Evaluator) -> tuple[Answer, ...]:
        """Measure, solve, repair, verify."""
        evaluator.expected = self.outlook(problem).evaluations
        return _Search(self.widest, problem, evaluator).run()

    def outlook(self, problem: Problem) -> Outlook:
        """Sensitivities on samples, some whole evaluations, many that end early."""
        items = len(items_of(problem.network, problem.costs, self.widest))
        screens = 5 * items
        return Outlook(
            evaluations=items * len(MEASURED) + screens,
            whole=Fraction(3) + screens * _SCREEN / 4,
            samples=items * len(MEASURED),
        )


class _Search:
    def __init__(self, widest: int, problem: Problem, evaluator: Evaluator) -> None:
        self.problem, self.evaluator, self.widest = problem, evaluator, widest
        self.items = items_of(problem.network, problem.costs, widest)
        self.cost = {i.name: i.weight_bits or i.activation_bits for i in self.items}
        self.weights = [item.name for item in self.items if item.weight_bits]
        self.others = [item.name for item in self.items if not item.weight_bits]
        self.errors: dict[str, dict[int, float]] = {}
        self.refused: list[tuple[str, Table]] = []
        self.screen = math.ceil(_SCREEN * problem.total)

    def run(self) -> tuple[Answer, ...]:
        self.errors = measure(self.evaluator, self.items, self.widest)
        start = dict.fromkeys(self.cost, self.widest)
        small = self._within_memory(start)
        if small is not None and self._survives(small) and self._reaches(small):
            widths = small
        else:
            least = _DEAR * sum(self.cost[name] for name in self.weights)
            dear = [name for name in self.weights if self.cost[name] >= least]
            path = self._phase([start], dear)
            path = self._phase(path, [name for name in self.weights if name not in dear])
            widths = self._final(self._verified(path), self.weights)
        names = [*(self.weights if widths is not small else ()), *self.others]
        widths = self._confirmed(self._verified(self._phase([widths], self.others)), names)
        bits = self._weights(widths)
        if self.problem.weight_bits is None or bits <= self.problem.weight_bits:
            return (self._answer("satisfied", widths),)
        narrowest = dict.fromkeys(self.weights, NARROWEST)
        memory = small if small is not None else start | narrowest
        return self._answer("accuracy", widths), self._answer("memory", memory)

    def _within_memory(self, start: Table) -> Table | None:
        """The least error that a budget of weight bits has room for; `None` without either."""
        if self.problem.weight_bits is None:
            return None
        for budget in reversed(self._ladder(self.weights)):
            made = start | self._solved(self.weights, budget)
            if self._weights(made) <= self.problem.weight_bits:
                return made
        return None

    def _phase(self, path: list[Table], names: list[str]) -> list[Table]:
        """Solve and repair some tensors by the hardest images: the path goes on to where it ends.

        Before the solution come those of smaller error budgets, to fall back on.
        """
        if not names:
            return path
        states = [
            path[-1] | self._solved(names, budget) for budget in reversed(self._ladder(names))
        ]
        path = [*path, *states[: self._bisected(states) + 1]]
        while True:
            self._narrow(path, names)
            if not self._exchange(path, names):
                return path

    def _verified(self, path: list[Table]) -> Table:
        """The last state that all images allow, by bisection where it is not the very last.

        Rejects a tolerance that the first state does not keep.
        """
        if self._reaches(path[-1]):
            return path[-1]
        passes, fails = 0, len(path) - 1
        while fails - passes > 1:
            middle = (passes + fails) // 2
            if self._reaches(path[middle]):
                passes = middle
            else:
                fails = middle
        kept = path[passes]
        if not self._reaches(kept):
            raise unattainable(self.problem, self.evaluator, self.widest)
        self._refuse([name for name in kept if path[fails][name] < kept[name]], kept)
        return kept

    def _refuse(self, names: list[str], widths: Table) -> None:
        """Remember that a bit less in a tensor is too little; of several none is to blame."""
        if len(names) == 1:
            self.refused.append((names[0], widths))

    def _is_refused(self, name: str, widths: Table) -> bool:
        """Whether it was when other tensors had as many bits or more."""
        return any(
            name == other
            and state[name] == widths[name]
            and all(state[n] >= width for n, width in widths.items())
            for other, state in self.refused
        )

    def _ladder(self, names: list[str]) -> list[float]:
        """Error budgets of some tensors, the largest first: from all at their narrowest."""
        each = [self.errors[name][NARROWEST] for name in names]
        largest = sum(error for error in each if error < math.inf)
        return [largest * 2.0 ** (-k / _STEPS) for k in range(_OCTAVES * _STEPS)]

    def _solved(self, names: list[str], budget: float) -> Table:
        """The cheapest widths of tensors whose predicted errors add up to at most a budget."""
        widths = range(NARROWEST, self.widest + 1)
        classes = [
            [Choice(self.cost[name] * w, _load(self.errors[name][w], budget)) for w in widths]
            for name in names
        ]
        found = cheapest(classes, _CAPACITY)
        if found is None:
            return dict.fromkeys(names, self.widest)
        return {name: widths[k] for name, k in zip(names, found, strict=True)}

    def _bisected(self, states: list[Table]) -> int:
        """The last state, from wide to narrow, that the hardest images do not refuse."""
        passes, fails = 0, len(states)
        while fails - passes > 1:
            middle = (passes + fails) // 2
            if self._survives(states[middle]):
                passes = middle
            else:
                fails = middle
        return passes

    def _narrow(self, path: list[Table], names: list[str]) -> None:
        """Go on from the last state, a bit less at a time, wherever the hardest images allow."""
        for name in self._by_value(path[-1], names):
            while path[-1][name] > NARROWEST and not self._is_refused(name, path[-1]):
                fewer = _changed(path[-1], {name: -1})
                if self._survives(fewer):
                    path.append(fewer)
                else:
                    self._refuse([name], path[-1])

    def _exchange(self, path: list[Table], names: list[str]) -> bool:
        """Narrow a weight and widen others that cost less; whether such a step was found."""
        widths = path[-1]
        weights = [name for name in names if name in self.weights]
        for name in sorted(weights, key=lambda name: -self.cost[name]):
            if widths[name] <= NARROWEST:
                continue
            for changes in self._exchanges(name, weights, widths):
                made = _changed(widths, changes)
                if self._survives(made):
                    path.append(made)
                    return True
        return False

    def _exchanges(self, name: str, names: list[str], widths: Table) -> Iterator[dict[str, int]]:
        """Changes that save bits: those tensors are widened whose errors fall most for a bit."""
        errors = self.errors

        def fall(other: str) -> float:
            return errors[other][widths[other]] - errors[other][widths[other] + 1]

        others = [n for n in names if n != name and widths[n] < self.widest]
        others.sort(key=lambda other: -fall(other) / self.cost[other])
        added = errors[name][widths[name] - 1] - errors[name][widths[name]]
        for count in _HELPERS:
            chosen = others[:count]
            if not chosen or sum(self.cost[n] for n in chosen) >= self.cost[name]:
                return
            # Predictions are rough, but what falls far short is not worth asking.
            if sum(map(fall, chosen)) > added / 4:
                yield {name: -1} | dict.fromkeys(chosen, 1)

    def _final(self, widths: Table, names: list[str]) -> Table:
        """A bit less anywhere, as long as all images allow one.

        What was refused is not asked again where other tensors have as few bits or fewer.
        """
        while True:
            path = [widths]
            self._narrow(path, names)
            if len(path) == 1:
                return widths
            widths = self._verified(path)

    def _confirmed(self, widths: Table, names: list[str]) -> Table:
        """The same until every single step is refused in these very widths."""
        while True:
            widths = self._final(widths, names)
            for name in self._by_value(widths, names):
                fewer = _changed(widths, {name: -1})
                if fewer[name] >= NARROWEST and self._survives(fewer) and self._reaches(fewer):
                    widths = fewer
                    break
            else:
                return widths

    def _by_value(self, widths: Table, names: list[str]) -> list[str]:
        """Tensors by the bits that a step saves for each unit of error that it is said to add."""

        def value(name: str) -> float:
            width = widths[name]
            if width <= NARROWEST:
                return 0.0
            added = self.errors[name][width - 1] - self.errors[name][width]
            return -self.cost[name] / max(added, _NOTHING)

        return sorted(names, key=value)

    def _survives(self, widths: Table) -> bool:
        return self.evaluator.survives(self._asked(widths), self.problem.needed, self.screen)

    def _reaches(self, widths: Table) -> bool:
        return self.evaluator.reaches(self._asked(widths), self.problem.needed)

    def _asked(self, widths: Mapping[str, int]) -> dict[str, int]:
        return {"*": self.widest} | dict(widths)

    def _weights(self, widths: Table) -> int:
        table = table_widths(self.problem.network, self._asked(widths))
        return self.problem.costs.weights(table).bits

    def _answer(self, outcome: str, widths: Table) -> Answer:
        return Answer(
            outcome,
            table_widths(self.problem.network, self._asked(widths)),
            {
                "sensitivity": {
                    name: {str(width): error for width, error in errors.items()}
                    for name, errors in self.errors.items()
                },
                "front": self._front(),
            },
        )

    def _front(self) -> list[dict[str, Any]]:
        """What the knapsack says of cost against predicted error, weights and activations apart."""
        front: list[dict[str, Any]] = []
        for names, kind in ((self.weights, "weights"), (self.others, "activations")):
            for budget in self._ladder(names)[::_STEPS]:
                bits = sum(self.cost[n] * w for n, w in self._solved(names, budget).items())
                front.append({"tensors": kind, "error": budget, "bits": bits})
        return front


_NOTHING = 1e-30
"""Errors below it are none: squared steps of 48-bit scores are larger."""


def _load(error: float, budget: float) -> int:
    """An error in steps of the budget, rounded up; more than all of them where it does not fit."""
    if error == 0.0:
        return 0
    steps = error / budget * _CAPACITY if budget else math.inf
    return math.ceil(steps) if steps <= _CAPACITY else _CAPACITY + 1


def _changed(widths: Table, changes: Mapping[str, int]) -> Table:
    return widths | {name: widths[name] + change for name, change in changes.items()}


OPTIMAL = register_method(Optimal())
