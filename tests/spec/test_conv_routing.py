"""conv_routing: routing by agreement on a grid, the composition of its parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.ops import (
    Agreement,
    ConvRouting,
    DynamicRouting,
    RoutingIteration,
    SoftmaxAxes,
    SoftmaxExact,
    SquashAxes,
    SquashExact,
    WeightedSum,
)
from fxcaps.ops.conv_routing import CONV_ROUTING
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

VOTES = tensor("s8f4", [[[[[16, 0], [0, 8]], [[12, -4], [-16, 16]]]]])
"""One input type, one row of two positions, two output types."""

VARIANTS = [(softmax, squash) for softmax in SoftmaxAxes for squash in SquashAxes]


def _routing(votes: Tensor = VOTES, **options: Any) -> Case:
    iterations = (RoutingIteration(),) * options.pop("iterations", 1)
    params = ConvRouting(iterations=iterations, **options)
    ports = CONV_ROUTING.outputs(params)
    return Case(params, {"votes": votes}, {port: FORMATS[port[0]] for port in ports})


@given(calls("conv_routing"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("conv_routing", called) == twin_outcome("conv_routing", called)


def _expanded(called: Case) -> dict[str, Tensor] | str:
    """The tensors of the flat steps run one by one, or the first that is rejected."""
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    params: Any = called.params
    start = CONV_ROUTING.shapes(params, shapes)["b0"]
    size = start[0] * start[1] * start[2] * start[3]
    known = dict(called.inputs) | {"b0": Tensor(start, called.formats["b0"], [0] * size)}
    formats = called.formats | {port: tensor.format for port, tensor in called.inputs.items()}
    for part in CONV_ROUTING.expand(params, shapes):
        (target,) = part.outputs.values()
        words = {port: known[source] for port, source in part.inputs.items()}
        format = formats[target.partition(".")[0]]
        found = spec_outcome(part.params.operation, Case(part.params, words, {"out": format}))
        if isinstance(found, Rejected):
            return target.partition(".")[0]
        known[target] = found.outputs["out"]
    return known


@LIGHT
@given(calls("conv_routing"))
def test_equals_its_expansion(called: Case) -> None:
    """Given any call, when its flat steps run one by one, then they make the same words."""
    whole, flat = spec_outcome("conv_routing", called), _expanded(called)
    if isinstance(whole, Rejected):
        assert whole.message.split(":")[0] == flat
    else:
        assert isinstance(flat, dict)
        assert whole.outputs == {port: flat[port] for port in whole.outputs}


@LIGHT
@given(calls("conv_routing"), st.data())
def test_joint_routing_of_capsules_is_the_plain_one(called: Case, data: st.DataObject) -> None:
    """Given a joint softmax and a squash of capsules, when reshaped, then it is plain routing."""
    params: Any = called.params
    shape = called.inputs["votes"].shape
    one_position = data.draw(st.booleans())
    options = {"iterations": params.iterations, "update_last": params.update_last}
    if one_position:  # where all variants are one
        shape = (shape[0], 1, 1, *shape[3:])
        size = shape[0] * shape[3] * shape[4]
        words = called.inputs["votes"].words[:size]
        votes = Tensor(shape, called.inputs["votes"].format, words)
        called = called._replace(inputs=called.inputs | {"votes": votes})
    else:
        called = called._replace(params=ConvRouting(**options))
    votes = called.inputs["votes"]
    flat = Tensor((shape[0], shape[1] * shape[2] * shape[3], shape[4]), votes.format, votes.words)
    plain = called._replace(
        params=DynamicRouting(**options), inputs=called.inputs | {"votes": flat}
    )
    grid, row = spec_outcome("conv_routing", called), spec_outcome("dynamic_routing", plain)
    if isinstance(row, Rejected):
        assert isinstance(grid, Rejected)
        assert grid.reason == row.reason
    else:
        assert isinstance(grid, Outcome)
        found = {port: (made.format, made.words) for port, made in grid.outputs.items()}
        assert found == {port: (made.format, made.words) for port, made in row.outputs.items()}
        assert grid.events == row.events


def test_couplings_of_the_two_softmaxes() -> None:
    """Given zero logits on two positions of two types, then 1/4 jointly and 1/2 by types."""
    for axes, word in ((SoftmaxAxes.JOINT, 64), (SoftmaxAxes.TYPES, 128)):
        found = spec_outcome("conv_routing", _routing(softmax_axes=axes))
        assert isinstance(found, Outcome)
        assert found.outputs["c0"] == tensor("u8f8", [[[[word, word], [word, word]]]])


def test_logits_go_to_their_own_vector() -> None:
    """Given one large agreement, when routed again, then only its vector feels it."""
    votes = tensor("s8f4", [[[[[64], [0]], [[0], [0]]]]])
    second: dict[SoftmaxAxes, list[int]] = {}
    for axes in SoftmaxAxes:
        made = spec_outcome("conv_routing", _routing(votes, iterations=2, softmax_axes=axes))
        assert isinstance(made, Outcome)
        assert made.outputs["b1"].words[0] > 0
        assert list(made.outputs["b1"].words[1:]) == [0, 0, 0]
        second[axes] = list(made.outputs["c1"].words)
    joint, types = second[SoftmaxAxes.JOINT], second[SoftmaxAxes.TYPES]
    assert joint[0] > joint[1] == joint[2] == joint[3]
    assert types[0] > 128 > types[1]
    assert types[2:] == [128, 128]


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        # s is 3/4 and 1 of one type, 0 of the other: |s|**2 is 9/16 and 1, together 25/16
        # 3/4 * 3/4 / (25/16) = 9/25 and 1 / 2; in steps of 1/128
        (SquashAxes.ATOMS, [46, 0, 64, 0]),
        # 3/4 and 1 times (5/4) / (41/16) = 20/41
        (SquashAxes.GRID, [47, 0, 62, 0]),
    ],
)
def test_vectors_of_the_two_squashes(axes: SquashAxes, words: list[int]) -> None:
    """Given one capsule of a type at each of two positions, when squashed, then by hand."""
    votes = tensor("s8f4", [[[[[48], [0]], [[64], [0]]]]])
    found = spec_outcome("conv_routing", _routing(votes, squash_axes=axes))
    assert isinstance(found, Outcome)
    assert found.outputs["s0"].words == [48, 0, 64, 0]
    assert found.outputs["v0"].words == words


def test_first_event_of_a_grid_is_first_in_the_tensor() -> None:
    """Given the squash of type 0 exact at first and of type 1 not, then index 1 comes first.

    Type by type the words are (0, 0), (0, 1), (1, 0), (1, 1) as (position, type) 0, 2, 1, 3 of the
    tensor: the first inexact word of type 0 is word 2, of type 1 word 1.
    """
    votes = tensor("s8f4", [[[[[0], [20]], [[48], [64]]]]])
    found = spec_outcome("conv_routing", _routing(votes, squash_axes=SquashAxes.GRID))
    assert isinstance(found, Outcome)
    assert found.outputs["s0"].words == [0, 20, 48, 64]
    assert found.events["v0"] == {Event.INEXACT: Count(3, 1)}


def test_bias_of_types_is_the_same_at_every_position() -> None:
    """Given no votes and a bias for each of two types, when summed, then it repeats by types."""
    votes = Tensor((1, 1, 2, 2, 1), Format(True, 8, 4), [0] * 4)
    called = _routing(votes)
    called = called._replace(inputs=called.inputs | {"bias": tensor("s8f4", [[3], [-5]])})
    found = spec_outcome("conv_routing", called)
    assert isinstance(found, Outcome)
    assert found.outputs["s0"].words == [12, -20, 12, -20]


def test_outputs_come_in_the_order_they_are_made() -> None:
    """Given two iterations with a last update, when routed, then every intermediate is out."""
    called = _routing(iterations=2, update_last=True)
    made = SPEC["conv_routing"](called.params, called.inputs, called.formats, Log())
    assert list(made) == ["b0", "c0", "s0", "v0", "a0", "b1", "c1", "s1", "v1", "a1", "b2"]
    shapes = {port[0]: tensor.shape for port, tensor in made.items()}
    pairs, capsules = (1, 1, 2, 2), (1, 2, 2, 2)
    assert shapes == {"a": pairs, "b": pairs, "c": pairs, "s": capsules, "v": capsules}


@pytest.mark.parametrize(
    ("part", "squash", "message"),
    [
        (
            RoutingIteration(softmax=SoftmaxExact(overflow=Overflow.REJECT)),
            SquashAxes.ATOMS,
            "c0: out[0]: 1 is outside s1f0 [-1, 0]",
        ),
        (
            RoutingIteration(squash=SquashExact(overflow=Overflow.REJECT)),
            SquashAxes.ATOMS,
            "v0: out[1]: 14 is outside s4f4 [-8, 7]",
        ),
        (
            RoutingIteration(squash=SquashExact(overflow=Overflow.REJECT)),
            SquashAxes.GRID,
            "v0: type 1: out[0]: 14 is outside s4f4 [-8, 7]",
        ),
        (
            RoutingIteration(agreement=Agreement(overflow=Overflow.REJECT)),
            SquashAxes.ATOMS,
            "a0: out[1]: 21 is outside s4f4 [-8, 7]",
        ),
    ],
)
def test_a_rejected_part_names_its_tensor(
    part: RoutingIteration, squash: SquashAxes, message: str
) -> None:
    """Given a vote of 3 for type 1, when a part rejects, then tensor and place are named."""
    softmax = part.softmax.overflow is Overflow.REJECT  # type: ignore[attr-defined]
    formats = {"b0": "s8f4", "c0": "s1f0" if softmax else "u8f0", "s0": "s8f0", "v0": "s4f4"}
    formats |= {"a0": "s4f4", "b1": "s8f4"}
    called = Case(
        ConvRouting(
            iterations=(part,),
            update_last=True,
            softmax_axes=SoftmaxAxes.TYPES,
            squash_axes=squash,
        ),
        {"votes": tensor("s8f0", [[[[[0], [3]]]]])},
        {port: Format.parse(text) for port, text in formats.items()},
    )
    if softmax:
        called = called._replace(inputs={"votes": tensor("s8f0", [[[[[3]]]]])})
    found = spec_outcome("conv_routing", called)
    assert isinstance(found, Rejected)
    assert found.message == message
    assert found == twin_outcome("conv_routing", called)


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        (
            {"votes": tensor("s8f4", [[[1, 2]]])},
            Reason.SHAPE_MISMATCH,
            "conv_routing votes (I, H, W, J, D) needs 5 axes, found shape (1, 1, 2)",
        ),
        (
            {"votes": Tensor((1, 1, 0, 2, 2), Format(True, 8, 4), [])},
            Reason.SHAPE_MISMATCH,
            "conv_routing votes are empty: (1, 1, 0, 2, 2)",
        ),
        (
            {"bias": tensor("s8f4", [1, 2])},
            Reason.SHAPE_MISMATCH,
            "conv_routing bias (J, D) needs 2 axes, found shape (2,)",
        ),
        (
            {"bias": tensor("s8f4", [[0, 0, 0], [0, 0, 0]])},
            Reason.SHAPE_MISMATCH,
            "conv_routing: votes (1, 1, 2, 2, 2) need a bias of shape (2, 2), found (2, 3)",
        ),
        (
            {"bias": tensor("s8f4", [[0, 0]] * 4)},
            Reason.SHAPE_MISMATCH,
            "conv_routing: votes (1, 1, 2, 2, 2) need a bias of shape (2, 2), found (4, 2)",
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
    called = _routing()
    called = called._replace(inputs=called.inputs | change)
    assert spec_outcome("conv_routing", called) == Rejected(reason, message)


@pytest.mark.parametrize(("softmax", "squash"), VARIANTS)
def test_formats_of_parts_are_checked_beforehand(softmax: SoftmaxAxes, squash: SquashAxes) -> None:
    """Given a register or an overflow mode that does not fit, when routed, then rejected."""
    register = Accumulator(format=Format(True, 32, 11), check=Check.FINAL)
    part = RoutingIteration(weighted_sum=WeightedSum(accumulator=register))
    axes: dict[str, Any] = {"softmax_axes": softmax, "squash_axes": squash}
    called = _routing(**axes)
    narrow = called._replace(params=ConvRouting(iterations=(part,), **axes))
    assert spec_outcome("conv_routing", narrow) == Rejected(
        Reason.FORMAT_MISMATCH,
        "weighted_sum out: products have 12 fraction bits, the accumulator s32f11 has 11",
    )
    part = RoutingIteration(squash=SquashExact(overflow=Overflow.SATURATE_SYMMETRIC))
    params = ConvRouting(iterations=(part,), **axes)
    called = called._replace(params=params, formats=called.formats | {"v0": Format(True, 1, 0)})
    assert spec_outcome("conv_routing", called) == Rejected(
        Reason.PARAMETER_INVALID, "squash out: saturate_symmetric needs at least 2 signed bits"
    )


def test_iterations_have_their_own_parameters() -> None:
    """Given floor in the first and ceil in the second coupling, when routed, then as twin."""
    called = _routing(iterations=2)
    first = RoutingIteration(softmax=SoftmaxExact(rounding=Rounding.FLOOR))
    second = RoutingIteration(softmax=SoftmaxExact(rounding=Rounding.CEIL))
    called = called._replace(params=ConvRouting(iterations=(first, second)))
    swapped = called._replace(params=ConvRouting(iterations=(second, first)))
    assert spec_outcome("conv_routing", called) == twin_outcome("conv_routing", called)
    assert spec_outcome("conv_routing", called) != spec_outcome("conv_routing", swapped)


def test_parameters_outside_their_sets() -> None:
    """Given no iteration or an axis by another name, when made, then rejected."""
    assert rejection_of(lambda: ConvRouting(iterations=())) == Rejected(
        Reason.PARAMETER_INVALID, "conv_routing: at least one iteration is needed"
    )
    part: Any = {"iterations": (RoutingIteration(),), "squash_axes": "atoms"}
    assert rejection_of(lambda: ConvRouting(**part)) == Rejected(
        Reason.PARAMETER_INVALID,
        "conv_routing.squash_axes must be of type SquashAxes, found 'atoms'",
    )
