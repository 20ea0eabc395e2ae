"""The search of Q-CapsNets against a plain transliteration of the published one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from fxcaps.allocate import QCAPSNETS, Answer, CostModel, Problem, QCapsNets, Tally
from fxcaps.allocate.qcapsnets import _Search
from fxcaps.network import architecture
from tests.allocate.oracle import SHALLOW, TOTAL, Oracle, falling


def tail(bits: list[int], measure: Callable[[list[int]], Fraction], bound: Fraction) -> None:
    """From each block on, one bit less to the end while the accuracy is not below the bound."""
    for place in range(3):
        while min(bits[place:]) > 0:
            for k in range(place, 3):
                bits[k] -= 1
            if measure(bits) < bound:
                for k in range(place, 3):
                    bits[k] += 1
                break


def published(oracle: Oracle, tolerance: Fraction, budget: int | None) -> list[tuple[Any, ...]]:
    """The published search with accuracies in percent and bits by block, written plainly."""
    counts = (20_992, 5_308_672, 1_474_720)

    def accuracy(w: list[int], a: list[int], r: list[int]) -> Fraction:
        widths = {"*": 8, "image": a[0] + 1, "conv": a[0] + 1, "primary*": a[1] + 1}
        widths |= {"digit.*": a[2] + 1, "length": a[2] + 1, "class": a[2] + 1}
        widths |= {f"digit.{x}": r[2] + 1 for x in ("[sb][0-9]", "a[0-9]")}
        for k, name in enumerate(("conv", "primary", "digit")):
            widths |= {f"{name}.weight": w[k] + 1, f"{name}.bias": w[k] + 1}
        return Fraction(100 * oracle.correct(widths), TOTAL)

    floats = Fraction(100 * (TOTAL - 50), TOTAL)
    relative = 100 * tolerance / floats
    least = floats * (1 - relative / 100)
    first_least = floats - floats * relative * 5 / 100 / 100
    search, satisfied = [32, 16], [True]
    while True:
        n = search[-1]
        satisfied.append(accuracy([n] * 3, [n] * 3, [n] * 3) > first_least)
        move = abs(search[-1] - search[-2])
        if move == 1:
            break
        search.append(n - move // 2 if satisfied[-1] else n + move // 2)
    first = [n for n, good in zip(search, satisfied, strict=True) if good][-1]

    a, r, w = [first] * 3, [first] * 3, [first] * 3
    if budget is None:
        tail(w, lambda bits: accuracy(bits, a, r), least)
        return [("accuracy", w, a, r)]
    n = 31
    while sum(c * (max(0, n - k) + 1) for k, c in enumerate(counts)) > budget:
        n -= 1
    small = [n, max(0, n - 1), max(0, n - 2)]
    second = accuracy(small, a, r)
    if second > least:
        bound = second - (second - least) * 55 / 100
        tail(a, lambda bits: accuracy(small, bits, bits), bound)
        r = list(a)
        only = [a[0], a[1]]
        while r[2] > 0 and accuracy(small, a, [*only, r[2] - 1]) >= least:
            r[2] -= 1
        return [("satisfied", small, a, r)]
    tail(w, lambda bits: accuracy(bits, a, r), least)
    return [("accuracy", w, a, r), ("memory", small, a, r)]


def by_block(answer: Answer) -> tuple[Any, ...]:
    """An answer as fraction bits by block."""
    widths = answer.widths
    names = ("conv", "primary", "digit")
    w = [widths[f"{name}.weight"] - 1 for name in names]
    assert [widths[f"{name}.bias"] - 1 for name in names] == w
    a = [widths["conv"] - 1, widths["primary.s"] - 1, widths["digit.votes"] - 1]
    assert {widths[f"digit.{x}{k}"] - 1 for x in "cv" for k in range(3)} == {a[2]}
    assert len({widths[f"digit.{x}"] for x in ("b0", "s0", "a0", "b1", "s1", "b2", "s2")}) == 1
    return answer.outcome, w, a, [a[0], a[1], widths["digit.s1"] - 1]


LOSSES = [
    ((900.0, 2000.0, 400.0), (500.0, 800.0, 900.0), 300.0),
    ((5.0, 20.0, 10.0), (4000.0, 2.0, 30.0), 2.0),
    ((20_000.0, 20_000.0, 20_000.0), (10.0, 10.0, 10.0), 10.0),
    ((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), 1.0),
]


@pytest.mark.parametrize("losses", LOSSES)
@pytest.mark.parametrize("tolerance", ["0.1", "2"])
@pytest.mark.parametrize("ratio", [None, 5.53, 8, 20])
def test_qcapsnets_is_the_published_search(
    losses: tuple[Any, ...], tolerance: str, ratio: float | None
) -> None:
    """Given accuracies that fall with the bits, when searched, then the published steps' answer."""
    budget = None if ratio is None else int(32 * 6_804_384 / ratio)
    problem = Problem(
        network=SHALLOW,
        float_correct=TOTAL - 50,
        total=TOTAL,
        tolerance=Fraction(tolerance),
        weight_bits=budget,
        accounting=QCAPSNETS,
    )
    ours, theirs = falling(*losses), falling(*losses)
    found = QCapsNets().search(problem, ours)  # type: ignore[arg-type]
    expected = published(theirs, Fraction(tolerance), budget)
    assert [by_block(answer) for answer in found] == expected
    assert ours.asked == theirs.asked
    if budget is not None and found[-1].outcome != "accuracy":
        assert problem.costs.weights(found[-1].widths).bits <= budget


def test_the_published_budget_gives_the_published_bits() -> None:
    """Given the memory of 7, 6 and 5 bits, when step 2 runs, then those bits and 5.53 times."""
    budget = Tally.of((20_992, 5_308_672, 1_474_720), (7, 6, 5)).bits
    problem = Problem(
        network=SHALLOW,
        float_correct=TOTAL - 50,
        total=TOTAL,
        tolerance=Fraction(1),
        weight_bits=budget,
        accounting=QCAPSNETS,
    )
    (answer,) = QCapsNets().search(problem, falling(*LOSSES[3]))  # type: ignore[arg-type]
    assert [answer.widths[f"{b}.weight"] for b in ("conv", "primary", "digit")] == [7, 6, 5]
    assert round(CostModel(SHALLOW, QCAPSNETS).weights(answer.widths).ratio, 2) == 5.53


DEEP = architecture("deepcaps-28-qcapsnets")
DEEP_COUNTS = (1_536, 590_336, 2_065_408, 2_360_320, 1_789_184, 1_638_720)


def published_step_2(counts: tuple[int, ...], budget: int) -> tuple[int, ...]:
    """Bits by block with fewer and fewer decrements, as the published code counts down."""
    for amount in range(5, -1, -1):
        falls = [min(k, max(amount, 1) - 1) for k in range(len(counts))]
        bits = 31
        while sum(c * (bits - fall + 1) for c, fall in zip(counts, falls, strict=True)) > budget:
            bits -= 1
        if bits - falls[-1] >= 0:
            return tuple(bits - fall for fall in falls)
    raise AssertionError


@pytest.mark.parametrize("bits", [1, 1.01, 1.1, 1.3, 1.7, 2, 2.2, 2.9, 3.3, 4, 4.56, 6, 9, 20, 40])
def test_step_2_is_the_published_one(bits: float) -> None:
    """Given a mean of bits a weight, when step 2 divides them, then as published."""
    budget = int(bits * sum(DEEP_COUNTS))
    search = _Search(_deep(budget), Oracle(lambda _: 0.0, network=DEEP), as_released=False)  # type: ignore[arg-type]
    assert search._step_2(budget) == published_step_2(DEEP_COUNTS, budget)


def _deep(budget: int) -> Problem:
    return Problem(
        network=DEEP,
        float_correct=TOTAL - 50,
        total=TOTAL,
        tolerance=Fraction(1),
        weight_bits=budget,
        accounting=QCAPSNETS,
    )


@pytest.mark.parametrize(("released", "followed"), [(False, (4, 5)), (True, (1, 2))])
def test_routing_follows_the_blocks(released: bool, followed: tuple[int, int]) -> None:
    """Given DeepCaps, when activations fall, then routing follows its blocks, or the released."""
    least = {"conv": 9, "cell1.l2.s": 8, "cell2.l2.s": 7, "cell3.l2.s": 6, "cell4.l2.s": 5}

    def loss(widths: Any) -> float:
        return 70.0 * sum(widths[name] < width for name, width in least.items())

    oracle = Oracle(loss, network=DEEP)
    budget = 8 * sum(DEEP_COUNTS)
    (answer,) = QCapsNets(as_released=released).search(_deep(budget), oracle)  # type: ignore[arg-type]
    names = [*least, "digit.votes"]
    assert [answer.widths[name] for name in names[:-1]] == list(least.values())
    final = [answer.widths[name] for name in names]
    falling_steps = [w for w in oracle.asked if [w[name] for name in names] != final]
    assert len(falling_steps) > 10
    for widths in falling_steps:
        found = widths["cell4.skip.s1"], widths["digit.s1"]
        assert found == (widths[names[followed[0]]], widths[names[followed[1]]])
