"""The search of Q-CapsNets (Marchisio et al., DAC 2020, arXiv 2004.07116), step by step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import ClassVar

from fxcaps.allocate.evaluator import Evaluator
from fxcaps.allocate.method import Answer, Method, Outlook, Problem, register_method, unattainable
from fxcaps.quantize.rules import couplings_of
from fxcaps.quantize.widths import table_widths

_FLOAT = 32
"""Fraction bits that stand for the float network."""

_LARGEST = 31
"""Fraction bits of the widest words: they have one bit more."""

_DECREMENTS = 4
"""How far step 2 lets the weights of later blocks fall below those of the first."""

UNIFORM_SHARE = Fraction(5, 100)
"""Of the tolerance, what step 1 may use."""

ACTIVATION_SHARE = Fraction(55, 100)
"""Of what step 2 has left, what step 3A may use."""


@dataclass(frozen=True)
class _Bits:
    """Fraction bits by block: weights, activations, tensors inside routing."""

    weights: tuple[int, ...]
    activations: tuple[int, ...]
    routing: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class QCapsNets(Method):
    """Steps 1, 2, then 3A and 4A, or 3B, on the formats of fxcaps.

    The search is that of the published code; widths are N + 1 for its N fraction bits, and a block
    is as in `fxcaps.network.blocks`. Its number system is not part of the method: the evaluator's
    scheme says it, saturating formats that calibration chose by default. The code's tolerance is
    relative to the float accuracy; here it is points, converted so that both ask for the same.
    Activations are votes, couplings and capsules, too; routing bits cover sums, logits and
    agreements of layers with several iterations, and follow the activations until step 4A.

    Outcomes: `satisfied` keeps tolerance and budget; otherwise there are two answers, `accuracy`,
    which keeps the tolerance, and `memory`, which keeps the budget. Without a budget there is
    `accuracy` alone.

    The code's bits may fall below 0, where it goes wrong; here they end there. Where it fails
    because words of 32 bits lose accuracy, the tolerance is rejected.

    Args:
        as_released: in step 3A, let the routing bits of the k-th block with routing follow the
            activations of block 1 + k, as the released code does: it leaves out capsule blocks
            without routing when it counts, so that in DeepCaps they follow the wrong blocks.
    """

    name: ClassVar[str] = "qcapsnets"

    as_released: bool = False

    def search(self, problem: Problem, evaluator: Evaluator) -> tuple[Answer, ...]:
        """Run the steps."""
        evaluator.expected = self.outlook(problem).evaluations
        return _Search(problem, evaluator, as_released=self.as_released).run()

    def outlook(self, problem: Problem) -> Outlook:
        """Step 1 takes five; later ones a refusal a block and some bits before it, all guesses."""
        count = len(problem.costs.blocks)
        steps = 1 if problem.weight_bits is None else 2
        return Outlook(evaluations=6 + 5 * count * steps, whole=Fraction(3 + count * steps))


class _Search:
    def __init__(self, problem: Problem, evaluator: Evaluator, *, as_released: bool) -> None:
        self.problem, self.evaluator = problem, evaluator
        self.blocks = problem.costs.blocks
        self.followed = list(range(len(self.blocks)))
        if as_released:
            couplings = couplings_of(problem.network)
            routing = [
                k
                for k, block in enumerate(self.blocks)
                if couplings & {*block.activations, *block.fixed}
            ]
            for number, k in enumerate(routing, start=1):
                self.followed[k] = number

    def run(self) -> tuple[Answer, ...]:
        problem = self.problem
        bits = self._uniform(self._step_1())
        if problem.weight_bits is None:
            return (self._answer("accuracy", self._step_3b(bits)),)
        small = replace(bits, weights=self._step_2(problem.weight_bits))
        right = self.evaluator.correct(self._widths(small))
        if right <= problem.bound:
            accurate = self._step_3b(bits)
            return self._answer("accuracy", accurate), self._answer("memory", small)
        bound = right - ACTIVATION_SHARE * (right - problem.bound)
        small = self._step_3a(small, math.ceil(bound))
        return (self._answer("satisfied", self._step_4a(small)),)

    def _step_1(self) -> int:
        """One N for all, bisected from that of floats; the last that satisfied."""
        bound = self.problem.float_correct - UNIFORM_SHARE * (
            self.problem.float_correct - self.problem.bound
        )
        needed = math.floor(bound) + 1  # strictly above, as published
        found, bits, move = _FLOAT, _FLOAT // 2, _FLOAT // 2
        while True:
            enough = self._reaches(self._uniform(bits), needed)
            found = bits if enough else found
            if move == 1:
                break
            move //= 2
            bits += -move if enough else move
        if found == _FLOAT:
            raise unattainable(self.problem, self.evaluator, _FLOAT, share=UNIFORM_SHARE)
        return found

    def _step_2(self, budget: int) -> tuple[int, ...]:
        """The most bits, each block one fewer than the one before, that the budget holds.

        The code takes fewer decrements until the last block keeps 0 bits, which comes to the same
        as ending them there.
        """
        for first in range(_LARGEST, -1, -1):
            bits = tuple(max(0, first - min(k, _DECREMENTS)) for k in range(len(self.blocks)))
            if self._weight_bits(bits) <= budget:
                return bits
        return (0,) * len(self.blocks)  # a bit a weight, which the problem has room for

    def _step_3a(self, bits: _Bits, needed: int) -> _Bits:
        """Activations; routing follows them."""

        def changed(activations: tuple[int, ...]) -> _Bits:
            routing = tuple(activations[block] for block in self.followed)
            return replace(bits, activations=activations, routing=routing)

        return changed(self._lowered(bits.activations, changed, needed, range(len(self.blocks))))

    def _step_4a(self, bits: _Bits) -> _Bits:
        """Routing, of the layers that have it."""
        routed = [k for k, block in enumerate(self.blocks) if block.routed]

        def changed(routing: tuple[int, ...]) -> _Bits:
            return replace(bits, routing=routing)

        return changed(self._lowered(bits.routing, changed, self.problem.needed, routed))

    def _step_3b(self, bits: _Bits) -> _Bits:
        """Weights, from step 1."""

        def changed(weights: tuple[int, ...]) -> _Bits:
            return replace(bits, weights=weights)

        every = range(len(self.blocks))
        return changed(self._lowered(bits.weights, changed, self.problem.needed, every))

    def _lowered(
        self,
        bits: tuple[int, ...],
        changed: Callable[[tuple[int, ...]], _Bits],
        needed: int,
        places: range | list[int],
    ) -> tuple[int, ...]:
        """From each place on, one bit less from there to the end as long as enough are right."""
        for place in places:
            while min(bits[place:]) > 0:
                fewer = bits[:place] + tuple(count - 1 for count in bits[place:])
                if not self._reaches(changed(fewer), needed):
                    break
                bits = fewer
        return bits

    def _uniform(self, bits: int) -> _Bits:
        same = (bits,) * len(self.blocks)
        return _Bits(same, same, same)

    def _reaches(self, bits: _Bits, needed: int) -> bool:
        return self.evaluator.reaches(self._widths(bits), needed)

    def _answer(self, outcome: str, bits: _Bits) -> Answer:
        return Answer(outcome, table_widths(self.problem.network, self._widths(bits)))

    def _weight_bits(self, bits: tuple[int, ...]) -> int:
        same = self._uniform(0)
        widths = self._widths(replace(same, weights=bits))
        return self.problem.costs.weights(widths).bits

    def _widths(self, bits: _Bits) -> dict[str, int]:
        """Widths of all tensors but the inputs: one bit more than their fraction has."""
        widths: dict[str, int] = {}
        for k, block in enumerate(self.blocks):
            widths |= dict.fromkeys(block.weights, bits.weights[k] + 1)
            widths |= dict.fromkeys((*block.fixed, *block.activations), bits.activations[k] + 1)
            widths |= dict.fromkeys(block.routed, bits.routing[k] + 1)
        return widths


QCAPSNETS_METHOD = register_method(QCapsNets())
