"""The knapsack: equal to trying everything, and to another solver."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from fxcaps.allocate.knapsack import Choice, cheapest

Classes = list[list[Choice]]


def random_classes(seed: int, classes: int, choices: int) -> tuple[Classes, int]:
    """Classes of up to so many choices, and a capacity that may be too small."""
    draw = np.random.default_rng(seed)
    made = [
        [
            Choice(int(draw.integers(-3, 30)), int(draw.integers(0, 12)))
            for _ in range(draw.integers(1, choices + 1))
        ]
        for _ in range(classes)
    ]
    return made, int(draw.integers(0, 6 * classes))


def total(classes: Classes, chosen: tuple[int, ...]) -> tuple[int, int]:
    """Cost and load."""
    taken = [choices[k] for choices, k in zip(classes, chosen, strict=True)]
    return sum(c.cost for c in taken), sum(c.load for c in taken)


@pytest.mark.parametrize("seed", range(150))
def test_equals_a_brute_force(seed: int) -> None:
    """Given small problems, when solved, then the least cost of all combinations that fit."""
    classes, capacity = random_classes(seed, 1 + seed % 5, 5)
    every = itertools.product(*(range(len(choices)) for choices in classes))
    costs = [c for c, load in (total(classes, chosen) for chosen in every) if load <= capacity]
    found = cheapest(classes, capacity)
    if not costs:
        assert found is None
        return
    assert found is not None
    cost, load = total(classes, found)
    assert load <= capacity
    assert cost == min(costs)


@pytest.mark.parametrize("seed", range(6))
def test_equals_an_integer_program(seed: int) -> None:
    """Given problems as large as a network's, when solved, then as `scipy.optimize.milp` does."""
    draw = np.random.default_rng(seed)
    classes = []
    for _ in range(20):
        each, error = int(draw.integers(1, 300_000)), float(draw.integers(1, 4000))
        classes.append([Choice(each * w, int(error * 4.0 ** (2 - w))) for w in range(2, 12)])
    capacity = int(draw.integers(50, 2048))
    flat = [choice for choices in classes for choice in choices]
    member = np.kron(np.eye(20), np.ones(10))
    limits = [
        LinearConstraint(member, 1, 1),
        LinearConstraint([choice.load for choice in flat], -np.inf, capacity),
    ]
    solved = milp(
        [choice.cost for choice in flat],
        constraints=limits,
        integrality=np.ones(200),
        bounds=Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )
    found = cheapest(classes, capacity)
    assert found is not None
    cost, load = total(classes, found)
    assert load <= capacity
    assert cost == round(solved.fun)


def test_ties_and_edges() -> None:
    """Given equal choices or no room, when solved, then the first one, or none."""
    same = [Choice(3, 1), Choice(3, 1), Choice(3, 0)]
    assert cheapest([same, same], 2) == (0, 0)
    assert cheapest([same, same], 0) == (2, 2)
    assert cheapest([[Choice(1, 3)]], 2) is None
    assert cheapest([], 0) == ()
