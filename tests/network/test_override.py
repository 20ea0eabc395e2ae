"""Other parameters for single steps of a Program."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fxcaps.network import Program, run, with_parameters
from fxcaps.ops import DynamicRouting, Votes
from fxcaps.types import Format, Overflow, Reason, Rounding
from tests.network.build import ON_ENGINE, ON_SPEC, small_images, small_program, with_step
from tests.support.outcomes import Rejected, rejection_of

PROGRAM = small_program()


def routing(program: Program) -> DynamicRouting:
    """The parameters of the routing."""
    (found,) = (step.params for step in program.steps if step.name == "digit")
    assert isinstance(found, DynamicRouting)
    return found


def test_a_step() -> None:
    """Given a rounding for the votes, then their step alone has it, and the origin tells it."""
    votes = next(step.params for step in PROGRAM.steps if step.name == "votes")
    assert isinstance(votes, Votes)
    floor = replace(votes, rounding=Rounding.FLOOR)
    origin = dict(PROGRAM.origin) | {"changed": {"votes.rounding": "floor"}}
    expected = replace(PROGRAM, steps=with_step(PROGRAM, "votes", params=floor), origin=origin)
    assert with_parameters(PROGRAM, {"votes.rounding": "floor"}) == expected


def test_names_with_dots() -> None:
    """Given a step whose name has a dot, then the longest name is meant."""
    changed = with_parameters(PROGRAM, {"primary.conv.rounding": "ceil"})
    found = {step.name: vars(step.params).get("rounding") for step in changed.steps}
    before = {step.name: vars(step.params).get("rounding") for step in PROGRAM.steps}
    assert found == before | {"primary.conv": Rounding.CEIL}


def test_parts_and_patterns() -> None:
    """Given a pattern, then every part that has the field is changed; later changes win."""
    changes = {"digit.weighted_sum*.rounding": "floor", "digit.weighted_sum2.rounding": "ceil"}
    changed = with_parameters(PROGRAM, changes)
    sums = [item.weighted_sum for item in routing(PROGRAM).iterations]
    modes = (Rounding.FLOOR, Rounding.FLOOR, Rounding.CEIL)
    iterations = tuple(
        replace(item, weighted_sum=replace(own, rounding=mode))
        for item, own, mode in zip(routing(PROGRAM).iterations, sums, modes, strict=True)
    )
    assert routing(changed) == replace(routing(PROGRAM), iterations=iterations)
    assert changed.origin["changed"] == changes
    images = small_images()
    assert run(changed, images, ON_ENGINE).digest == run(changed, images, ON_SPEC).digest
    assert run(changed, images, ON_ENGINE).digest != run(PROGRAM, images, ON_ENGINE).digest


def test_everywhere() -> None:
    """Given `*`, then all steps and parts that have the field are changed, and nothing else."""
    changed = with_parameters(PROGRAM, {"*.overflow": "wrap"})
    for step in changed.steps:
        assert vars(step.params).get("overflow", Overflow.WRAP) is Overflow.WRAP
    last = routing(changed).iterations[2]
    assert last.softmax.overflow is Overflow.WRAP  # type: ignore[attr-defined]
    assert last.update == routing(PROGRAM).iterations[2].update  # is no part: never computed


def test_deeper_fields() -> None:
    """Given a field of an accumulator, then that one is changed."""
    changed = with_parameters(PROGRAM, {"conv.accumulator.format": "s31f10"})
    (found,) = (vars(step.params)["accumulator"] for step in changed.steps if step.name == "conv")
    (before,) = (vars(step.params)["accumulator"] for step in PROGRAM.steps if step.name == "conv")
    assert found == replace(before, format=Format.parse("s31f10"))


def test_nothing_changed() -> None:
    """Given no changes, then it is the same Program with the same origin."""
    assert with_parameters(PROGRAM, {}) == PROGRAM


def test_changes_add_up() -> None:
    """Given a changed Program, when changed again, then the origin has both."""
    twice = with_parameters(
        with_parameters(PROGRAM, {"votes.rounding": "floor"}), {"conv.rounding": "ceil"}
    )
    assert twice.origin["changed"] == {"votes.rounding": "floor", "conv.rounding": "ceil"}
    both = with_parameters(PROGRAM, {"votes.rounding": "floor", "conv.rounding": "ceil"})
    assert twice == both


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        (
            {"vote.rounding": "floor"},
            Reason.NAME_UNKNOWN,
            "vote.rounding: no step has such a parameter",
        ),
        (
            {"votes.guard": 1},
            Reason.NAME_UNKNOWN,
            "votes.guard: no step has such a parameter",
        ),
        ({"rounding": "floor"}, Reason.NAME_UNKNOWN, "rounding: no step has such a parameter"),
        (
            {"votes.rounding.mode": "floor"},
            Reason.NAME_UNKNOWN,
            "votes.rounding.mode: rounding has no fields",
        ),
        (
            {"votes.overflow": "sometimes"},
            Reason.PARAMETER_INVALID,
            (
                "votes.overflow: expected one of saturate, wrap, saturate_symmetric, "
                "saturate_to_zero, reject, found 'sometimes'"
            ),
        ),
        (
            {"digit.squash1.guard": "many"},
            Reason.PARAMETER_INVALID,
            "digit.squash1: squash isqrt_divide.guard must be of type int, found 'many'",
        ),
    ],
)
def test_rejects(changes: dict[str, Any], reason: Reason, message: str) -> None:
    """Given a place, field or value that is none, then it is named."""
    assert rejection_of(lambda: with_parameters(PROGRAM, changes)) == Rejected(reason, message)
