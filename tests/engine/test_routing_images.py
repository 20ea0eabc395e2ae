"""Routing image by image: the same words and events as part by part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fxcaps.engine import ENGINE, routing
from fxcaps.ops import Arithmetic, DynamicRouting, RoutingIteration
from fxcaps.ops.add import AddLanes, AddShift
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING
from fxcaps.types import Format, Overflow, Rounding

SHAPE = 70, 5, 6
"""Input capsules for two chunks of lanes and a part of one."""

ROUNDINGS = [Rounding.TIES_TO_EVEN, Rounding.FLOOR, Rounding.TIES_AWAY, Rounding.CEIL]

VOTES, BIAS = Format(True, 8, 5), Format(True, 10, 8)


def formats(rounds: int, width: int) -> dict[str, Format]:
    """Formats in which sums saturate now and then, one bit finer each iteration."""
    made = {"b0": Format(True, width, 2)}
    for r in range(rounds):
        made |= {f"c{r}": Format(False, width, width)}
        made |= {f"s{r}": Format(True, width, width - 2), f"v{r}": Format(True, width, width - 1)}
        if r + 1 < rounds:
            made |= {f"a{r}": Format(True, width, width - 3 + r)}
            made |= {f"b{r + 1}": Format(True, width, width - 4 + r)}
    return made


def routed(
    rounds: int, made: dict[str, Format], arithmetic: Arithmetic, **parts: Any
) -> DynamicRouting:
    """Iterations fitted to their formats."""
    plain = DynamicRouting(iterations=(RoutingIteration(**parts),) * rounds)
    inputs = {"votes": VOTES, "bias": BIAS}
    return DYNAMIC_ROUTING.configure(plain, inputs, made, arithmetic)


def both_ways(
    monkeypatch: pytest.MonkeyPatch, params: DynamicRouting, made: dict[str, Format], kind: type
) -> tuple[Result, Result, int]:
    """The routing as it is done, then part by part; and how often a plan was found."""
    rng = np.random.default_rng(7)
    votes = rng.integers(VOTES.min, VOTES.max + 1, (3, *SHAPE)).astype(kind)
    votes[1] = VOTES.max  # all agree, so that sums saturate
    bias = rng.integers(BIAS.min, BIAS.max + 1, SHAPE[1:])
    inputs = {"votes": Words(votes, VOTES, 0), "bias": Words(bias, BIAS, 0)}
    plans: list[object] = []

    def seen(known: Any) -> Any:
        plans.append(plan_of(known))
        return plans[-1]

    plan_of = routing.plan_of
    monkeypatch.setattr(routing, "plan_of", seen)
    first = ENGINE["dynamic_routing"](params, inputs, made)
    monkeypatch.setattr(routing, "plan_of", lambda _: None)
    second = ENGINE["dynamic_routing"](params, inputs, made)
    return first, second, sum(plan is not None for plan in plans)


def assert_same(first: Result, second: Result) -> None:
    """Words, events and undecided rows; words of undecided rows mean nothing."""
    np.testing.assert_array_equal(first.undecided, second.undecided)
    decided = ~first.undecided
    assert set(first.outputs) == set(second.outputs)
    for port, words in second.outputs.items():
        np.testing.assert_array_equal(first.outputs[port][decided], words[decided], port)
        np.testing.assert_array_equal(first.events[port][decided], second.events[port][decided])


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(("softmax", "squash"), [("lut", "isqrt_divide"), ("q7", "q7")])
def test_same_words(
    monkeypatch: pytest.MonkeyPatch,
    softmax: str,
    squash: str,
    rounding: Rounding,
    overflow: Overflow,
) -> None:
    """Given votes that saturate sums, when routed both ways, then words and events are equal."""
    made = formats(3, 8)
    own = {"rounding": rounding, "overflow": overflow}
    arithmetic = Arithmetic(
        **own,
        algorithms={"softmax": softmax, "squash": squash},
        fixed={"softmax": own, "squash": own},
    )
    params = routed(3, made, arithmetic)
    first, second, plans = both_ways(monkeypatch, params, made, np.int8)
    assert plans == 1
    assert_same(first, second)
    assert sum(events[:, :, 0].sum() for events in second.events.values()) > 0


@pytest.mark.parametrize(("rounds", "width", "kind"), [(1, 6, np.int8), (4, 9, np.int16)])
def test_any_number_of_iterations(
    monkeypatch: pytest.MonkeyPatch, rounds: int, width: int, kind: type
) -> None:
    """Given one iteration or four, narrow and wide words, when routed, then the same."""
    made = formats(rounds, width)
    names = {"softmax": "lut", "squash": "isqrt_divide", "add": "shift"}
    params = routed(rounds, made, Arithmetic(algorithms=names), update=AddShift(shift=1))
    first, second, plans = both_ways(monkeypatch, params, made, kind)
    assert plans == 1
    assert_same(first, second)


@pytest.mark.parametrize(
    ("rounds", "names", "parts"),
    [
        (5, {"softmax": "lut", "squash": "isqrt_divide"}, {}),
        (2, {"softmax": "exact", "squash": "isqrt_divide"}, {}),
        (2, {"softmax": "lut", "squash": "exact"}, {}),
        (
            2,
            {"softmax": "q7", "squash": "q7", "add": "lanes"},
            {"update": AddLanes(shift=0, lanes=4, lane_width=8, lane_axis=-2)},
        ),
    ],
)
def test_what_goes_part_by_part(
    monkeypatch: pytest.MonkeyPatch, rounds: int, names: dict[str, str], parts: dict[str, Any]
) -> None:
    """Given a part with a slow path, lanes, or many iterations, then there is no plan."""
    made = formats(rounds, 8)
    params = routed(rounds, made, Arithmetic(algorithms=names), **parts)
    first, second, plans = both_ways(monkeypatch, params, made, np.int8)
    assert plans == 0
    assert_same(first, second)
