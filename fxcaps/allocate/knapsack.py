"""The multiple-choice knapsack, exactly: one choice of each class, least cost, bounded load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NEVER = np.iinfo(np.int64).max // 2
"""Cost of what cannot be: two of them still fit into 64 bits."""


@dataclass(frozen=True)
class Choice:
    """One way to serve a class.

    Args:
        cost: to be minimised in sum; an integer of any sign.
        load: bounded in sum; an integer, at least 0.
    """

    cost: int
    load: int


def cheapest(classes: Sequence[Sequence[Choice]], capacity: int) -> tuple[int, ...] | None:
    """The choice of every class with the least cost whose loads fit; `None` where none fit.

    Dynamic programming over classes and loads: `best[r]` is the least cost of the classes so far
    with a load of at most r. Among equal costs the first choice of a class is taken.
    Source: Kellerer, Pferschy and Pisinger, Knapsack Problems, 2004, chapter 11.

    Args:
        classes: the choices of each; sums of costs stay below 2**62.
        capacity: most load of all together, at least 0.
    """
    best: NDArray[np.int64] = np.zeros(capacity + 1, np.int64)
    taken = []
    for choices in classes:
        costs = np.full((len(choices), capacity + 1), _NEVER, np.int64)
        for row, choice in zip(costs, choices, strict=True):
            if choice.load <= capacity:
                row[choice.load :] = best[: capacity + 1 - choice.load] + choice.cost
        costs = np.where(costs >= _NEVER // 2, _NEVER, costs)
        which = costs.argmin(axis=0)
        taken.append(which)
        best = costs[which, np.arange(capacity + 1)]
    if best[capacity] >= _NEVER:
        return None
    found, rest = [], capacity
    for choices, which in zip(reversed(classes), reversed(taken), strict=True):
        k = int(which[rest])
        found.append(k)
        rest -= choices[k].load
    return tuple(reversed(found))
