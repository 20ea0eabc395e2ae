"""dynamic_routing: routing by agreement, the composition of its parts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from fxcaps.ops import (
    OPERATIONS,
    Add,
    Agreement,
    DynamicRouting,
    Requantize,
    RoutingIteration,
    SoftmaxExact,
    SquashExact,
    WeightedSum,
)
from fxcaps.spec import SPEC
from fxcaps.strategies import Case, calls
from fxcaps.types import (
    Accumulator,
    Check,
    Count,
    Event,
    Format,
    Log,
    Overflow,
    Reason,
    Rounding,
    Tensor,
)
from tests.support.build import tensor
from tests.support.light import LIGHT
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

FORMATS = {
    "b": Format(True, 8, 4),
    "c": Format(False, 8, 8),
    "s": Format(True, 12, 6),
    "v": Format(True, 8, 7),
    "a": Format(True, 8, 4),
}

VOTES = tensor("s8f4", [[[16, 0], [0, 8]], [[12, -4], [-16, 16]], [[20, 4], [4, 12]]])


def _routing(iterations: int, *, update_last: bool = False) -> Case:
    part = RoutingIteration()
    params = DynamicRouting(iterations=(part,) * iterations, update_last=update_last)
    ports = OPERATIONS["dynamic_routing"].outputs(params)
    return Case(params, {"votes": VOTES}, {port: FORMATS[port[0]] for port in ports})


@given(calls("dynamic_routing"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("dynamic_routing", called) == twin_outcome("dynamic_routing", called)


@LIGHT
@given(calls("dynamic_routing"))
def test_equals_its_expansion(called: Case) -> None:
    """Given any call, when its flat steps run one by one, then words and events are equal."""
    operation = OPERATIONS["dynamic_routing"]
    grid = called.inputs["votes"].shape[:2]
    zeros = Tensor(grid, called.formats["b0"], [0] * (grid[0] * grid[1]))
    known, log = dict(called.inputs) | {"b0": zeros}, Log()
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    for part in operation.expand(called.params, shapes):
        (target,) = part.outputs.values()
        given_words = {port: known[source] for port, source in part.inputs.items()}
        step = Case(part.params, given_words, {"out": called.formats[target]})
        found = spec_outcome(part.params.operation, step)
        if isinstance(found, Rejected):
            whole = Rejected(found.reason, f"{target}: {found.message}")
            assert spec_outcome("dynamic_routing", called) == whole
            return
        known[target] = found.outputs["out"]
        if found.events:
            log.events[target] = found.events["out"]
    made = {port: known[port] for port in operation.outputs(called.params)}
    assert spec_outcome("dynamic_routing", called) == Outcome(made, log.events)


def test_one_iteration_by_hand() -> None:
    """Given one vote of length 1 for each capsule, when routed once, then by hand."""
    called = _routing(1)._replace(inputs={"votes": tensor("s8f4", [[[16, 0], [0, -16]]])})
    # c = 1/2, s = c * vote = 1/2, v = (1/4) / (5/4) = 1/5 = 25.6 / 128, inexact four times out
    # of four components but the two zeros
    assert spec_outcome("dynamic_routing", called) == Outcome(
        {
            "b0": tensor("s8f4", [[0, 0]]),
            "c0": tensor("u8f8", [[128, 128]]),
            "s0": tensor("s12f6", [[32, 0], [0, -32]]),
            "v0": tensor("s8f7", [[26, 0], [0, -26]]),
        },
        {"v0": {Event.INEXACT: Count(2, 0)}},
    )


def test_outputs_come_in_the_order_they_are_made() -> None:
    """Given two iterations with a last update, when routed, then every intermediate is out."""
    called = _routing(2, update_last=True)
    made = SPEC["dynamic_routing"](called.params, called.inputs, called.formats, Log())
    assert list(made) == ["b0", "c0", "s0", "v0", "a0", "b1", "c1", "s1", "v1", "a1", "b2"]


@pytest.mark.parametrize("iterations", [1, 2, 3])
def test_last_update_changes_no_capsule(iterations: int) -> None:
    """Given the same votes, when the last update runs too, then all that was made stays."""
    short = spec_outcome("dynamic_routing", _routing(iterations))
    long = spec_outcome("dynamic_routing", _routing(iterations, update_last=True))
    assert isinstance(short, Outcome)
    assert isinstance(long, Outcome)
    assert short.outputs == {port: long.outputs[port] for port in short.outputs}
    assert set(long.outputs) - set(short.outputs) == {f"a{iterations - 1}", f"b{iterations}"}


def test_iterations_have_their_own_parameters() -> None:
    """Given floor in the first and ceil in the second coupling, when routed, then as twin."""
    called = _routing(2)
    assert isinstance(called.params, DynamicRouting)
    first, second = called.params.iterations
    iterations = (
        replace(first, softmax=SoftmaxExact(rounding=Rounding.FLOOR)),
        replace(second, softmax=SoftmaxExact(rounding=Rounding.CEIL)),
    )
    called = called._replace(params=DynamicRouting(iterations=iterations))
    swapped = called._replace(params=DynamicRouting(iterations=iterations[::-1]))
    assert spec_outcome("dynamic_routing", called) == twin_outcome("dynamic_routing", called)
    assert spec_outcome("dynamic_routing", called) != spec_outcome("dynamic_routing", swapped)


@pytest.mark.parametrize(
    ("part", "target", "format", "message"),
    [
        (
            RoutingIteration(softmax=SoftmaxExact(overflow=Overflow.REJECT)),
            "c0",
            "s1f0",
            "out[0]: 1 is outside s1f0 [-1, 0]",
        ),
        (
            RoutingIteration(weighted_sum=WeightedSum(overflow=Overflow.REJECT)),
            "s0",
            "s2f0",
            "out[0]: 3 is outside s2f0 [-2, 1]",
        ),
        (
            RoutingIteration(
                weighted_sum=WeightedSum(accumulator=Accumulator(format=Format(True, 2, 0)))
            ),
            "s0",
            "s8f0",
            "out[0]: partial sum 3 is outside the exact accumulator s2f0 [-2, 1]",
        ),
        (
            RoutingIteration(squash=SquashExact(overflow=Overflow.REJECT)),
            "v0",
            "s2f4",
            "out[0]: 14 is outside s2f4 [-2, 1]",
        ),
        (
            RoutingIteration(agreement=Agreement(overflow=Overflow.REJECT)),
            "a0",
            "s2f4",
            "out[0]: 42 is outside s2f4 [-2, 1]",
        ),
        (
            RoutingIteration(update=Add(overflow=Overflow.REJECT)),
            "b1",
            "s1f4",
            "out[0]: 42 is outside s1f4 [-1, 0]",
        ),
    ],
)
def test_a_rejected_part_names_its_tensor(
    part: RoutingIteration, target: str, format: str, message: str
) -> None:
    """Given a vote of 3, when a part rejects, then the message names the tensor it makes."""
    wide = {"b0": "s8f4", "c0": "u8f0", "s0": "s8f0", "v0": "s8f4", "a0": "s8f4", "b1": "s8f4"}
    called = Case(
        DynamicRouting(iterations=(part,), update_last=True),
        {"votes": tensor("s8f0", [[[3]]])},
        {port: Format.parse(text) for port, text in (wide | {target: format}).items()},
    )
    found = spec_outcome("dynamic_routing", called)
    assert isinstance(found, Rejected)
    assert found.message == f"{target}: {message}"
    assert found == twin_outcome("dynamic_routing", called)


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        (
            {"votes": tensor("s8f4", [[1, 2]])},
            Reason.SHAPE_MISMATCH,
            "weighted_sum votes (I, J, D) needs 3 axes, found shape (1, 2)",
        ),
        (
            {"bias": tensor("s8f4", [[0, 0, 0], [0, 0, 0]])},
            Reason.SHAPE_MISMATCH,
            "weighted_sum: votes (3, 2, 2) need a bias of shape (2, 2), found (2, 3)",
        ),
        (
            {"bias": tensor("s8f13", [[0, 0], [0, 0]])},
            Reason.FORMAT_MISMATCH,
            "weighted_sum: bias s8f13 has more fraction bits than the accumulator (12)",
        ),
    ],
)
def test_inputs_that_do_not_fit(change: dict[str, Tensor], reason: Reason, message: str) -> None:
    """Given votes or a bias that no part takes, when routed, then rejected beforehand."""
    called = _routing(1)
    called = called._replace(inputs=called.inputs | change)
    assert spec_outcome("dynamic_routing", called) == Rejected(reason, message)


def test_register_of_a_part_must_fit_its_products() -> None:
    """Given a sum's register with 11 fraction bits, when products have 12, then rejected."""
    register = Accumulator(format=Format(True, 32, 11), check=Check.FINAL)
    part = RoutingIteration(weighted_sum=WeightedSum(accumulator=register))
    called = _routing(1)._replace(params=DynamicRouting(iterations=(part,)))
    assert spec_outcome("dynamic_routing", called) == Rejected(
        Reason.FORMAT_MISMATCH,
        "weighted_sum out: products have 12 fraction bits, the accumulator s32f11 has 11",
    )


def test_overflow_mode_of_a_part_must_have_words() -> None:
    """Given one signed bit for v, when saturated symmetrically, then rejected beforehand."""
    part = RoutingIteration(squash=SquashExact(overflow=Overflow.SATURATE_SYMMETRIC))
    called = _routing(1)
    formats = called.formats | {"v0": Format(True, 1, 0)}
    called = called._replace(params=DynamicRouting(iterations=(part,)), formats=formats)
    assert spec_outcome("dynamic_routing", called) == Rejected(
        Reason.PARAMETER_INVALID,
        "squash out: saturate_symmetric needs at least 2 signed bits",
    )


def test_parameters_of_other_operations() -> None:
    """Given parts of the wrong operation or no iteration, when made, then rejected."""
    assert rejection_of(lambda: RoutingIteration(softmax=SquashExact())) == Rejected(
        Reason.PARAMETER_INVALID,
        "routing iteration's softmax takes parameters of softmax, found squash exact",
    )
    assert rejection_of(lambda: RoutingIteration(squash=Requantize())) == Rejected(
        Reason.PARAMETER_INVALID,
        "routing iteration's squash takes parameters of squash, found requantize",
    )
    assert rejection_of(lambda: DynamicRouting(iterations=())) == Rejected(
        Reason.PARAMETER_INVALID, "dynamic_routing: at least one iteration is needed"
    )
    assert rejection_of(lambda: DynamicRouting(iterations=(Add(),))) == Rejected(  # type: ignore[arg-type]
        Reason.PARAMETER_INVALID,
        "dynamic_routing.iterations[0] must be of type RoutingIteration, found "
        "Add(rounding=<Rounding.TIES_TO_POS_INF: 'ties_to_pos_inf'>, ",
    )
