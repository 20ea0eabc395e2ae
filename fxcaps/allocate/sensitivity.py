"""What each tensor's width costs, and how far it moves the class scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from fxcaps.allocate.cost import CostModel
from fxcaps.allocate.evaluator import Evaluator
from fxcaps.network import Network
from fxcaps.quantize.widths import table_widths

NARROWEST = 2
"""Fewest bits that a method gives a word: a sign and one more."""

MEASURED = (2, 4, 6, 8)
"""Widths at which errors are measured; between them their logarithm is taken as linear."""

_PER_BIT = 4.0
"""Errors beyond the widest measured width: noise has a quarter of its power with each bit."""


@dataclass(frozen=True)
class Item:
    """A tensor whose width can be chosen.

    Args:
        name: of the tensor.
        weight_bits: of all weights that each bit of its words costs.
        activation_bits: of all activations, those included that take their width from it.
    """

    name: str
    weight_bits: int
    activation_bits: int


def items_of(network: Network, costs: CostModel, widest: int) -> tuple[Item, ...]:
    """The tensors whose widths are free, in the order of the table.

    Args:
        network: an architecture is enough.
        costs: of it.
        widest: bits of the widest words considered.
    """
    wide = costs.cost(widest)
    items = []
    for name in table_widths(network, widest):
        asked = {"*": widest, name: widest - 1}
        if name in network.inputs or table_widths(network, asked)[name] != widest - 1:
            continue
        less = costs.cost(asked)
        items.append(
            Item(
                name,
                wide.weights.bits - less.weights.bits,
                wide.activations.bits - less.activations.bits,
            )
        )
    return tuple(items)


def measure(
    evaluator: Evaluator, items: tuple[Item, ...], widest: int
) -> dict[str, dict[int, float]]:
    """The error of the class scores by tensor and width, all other tensors at the widest.

    Errors never fall as words get narrower: a smaller one is a stroke of luck and is replaced by
    that of the next wider words.
    """
    found: dict[str, dict[int, float]] = {}
    for item in items:
        errors = {
            width: evaluator.error({"*": widest, item.name: width}, widest) for width in MEASURED
        }
        found[item.name] = filled(errors, widest)
    return found


def filled(errors: Mapping[int, float], widest: int) -> dict[int, float]:
    """Errors of all widths from `NARROWEST` to the widest, from those of some.

    Args:
        errors: by width, ascending; the widest of them without an error of its own has none.
        widest: bits of the widest words.
    """
    known = sorted(errors)
    made: dict[int, float] = {}
    for width in range(widest, NARROWEST - 1, -1):
        if width >= known[-1]:
            error = errors[known[-1]] * _PER_BIT ** (known[-1] - width)
        else:
            above = min(k for k in known if k > width)
            below = max(k for k in known if k <= width)
            share = (width - below) / (above - below)
            error = _between(errors[below], errors[above], share)
        made[width] = max(error, made.get(width + 1, 0.0))
    return dict(sorted(made.items()))


def _between(one: float, other: float, share: float) -> float:
    """Geometric interpolation; where one is 0 or infinite, the worse."""
    if share == 0.0 or not 0.0 < one < math.inf or not 0.0 < other < math.inf:
        return one
    return math.exp((1 - share) * math.log(one) + share * math.log(other))
