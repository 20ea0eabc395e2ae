"""Where the primary capsules are, and Networks that have none."""

from __future__ import annotations

from dataclasses import replace

from fxcaps.network import Network, Step, architecture, capsule_cell, forward
from fxcaps.network.parts import PIXELS
from fxcaps.ops import Add, Conv2d, Reshape, SquashExact, Votes
from fxcaps.prune import find_primary, keep_types, narrowed
from fxcaps.real import REAL
from fxcaps.types import Reason, Signature
from tests.network.build import small_images
from tests.prune.build import PLACES, TYPES, network, places
from tests.support.floats import assert_close
from tests.support.outcomes import Rejected, rejection_of


def test_the_layers_of_the_architectures() -> None:
    """Given the architectures, when looked at, then types and components are the published."""
    found = {}
    for name in ("mnist-small", "q7-mnist", "shallowcaps", "shallowcaps-routed"):
        layer = find_primary(architecture(name))
        found[name] = (layer.weight, layer.capsules, layer.types, layer.dim)
    small, shallow = ("primary.weight", "primary", 16, 4), ("primary.weight", "primary", 32, 8)
    assert found == {
        "mnist-small": small,
        "q7-mnist": small,
        "shallowcaps": shallow,
        "shallowcaps-routed": shallow,
    }


def test_members_are_by_type() -> None:
    """Given five types on nine places, when listed, then types run fastest."""
    members = find_primary(network()).members()
    assert members == tuple(tuple(places((t,))) for t in range(TYPES))
    assert len(members[0]) == PLACES


def test_a_single_type_has_all() -> None:
    """Given one type, when its capsules are listed, then it has all of them."""
    layer = find_primary(keep_types(network(), (3,)))
    assert (layer.types, layer.members()) == (1, (tuple(range(PLACES)),))


def test_no_votes() -> None:
    """Given a network without class capsules, when pruned, then the line says so."""
    whole = network()
    expected = {name: s for name, s in whole.expected.items() if not name.startswith("digit.")}
    cut = replace(
        whole, steps=whole.steps[:-4], outputs=("primary",), expected=expected, tensors={}
    )
    assert rejection_of(lambda: find_primary(cut)) == Rejected(
        Reason.NAME_UNKNOWN,
        "five has no primary capsule types: no step makes votes of capsules with matrices of "
        "their own",
    )


def test_no_convolution() -> None:
    """Given capsules that come in from outside, when pruned, then the line says so."""
    votes = Step("votes", Votes(), {"u": "capsules", "weight": "weight"}, {"out": "made"})
    bare = Network(
        "bare",
        {"capsules": Signature((4, 3), PIXELS)},
        (votes,),
        ("made",),
        {"weight": (4, 2, 2, 3)},
    )
    assert rejection_of(lambda: find_primary(bare)) == Rejected(
        Reason.NAME_UNKNOWN,
        "bare has no primary capsule types: 'capsules' comes from no convolution",
    )


def test_capsules_of_several_tensors() -> None:
    """Given a cell of DeepCaps, whose skip adds two convolutions, when pruned, then refused."""
    cell = capsule_cell("cell", "maps", (4, 4, 3), types=2, dim=3)
    count = 2 * 2 * 2
    steps = (
        *cell.steps,
        Step("capsules", Reshape(shape=(count, 3)), {"x": "cell"}, {"out": "capsules"}),
        Step("votes", Votes(), {"u": "capsules", "weight": "weight"}, {"out": "made"}),
    )
    inputs = {"maps": Signature((4, 4, 3), PIXELS)}
    expected = cell.expected | {"weight": (count, 2, 2, 3)}
    deep = Network("deep", inputs, steps, ("made",), expected)
    assert rejection_of(lambda: find_primary(deep)) == Rejected(
        Reason.NAME_UNKNOWN,
        "deep has no primary capsule types: 'capsules' comes from several tensors, which meet in "
        "step 'cell.sum'",
    )


def test_channels_that_are_no_capsules() -> None:
    """Given 4 channels read as capsules of 3, when pruned, then the line says so."""
    steps = (
        Step("conv", Conv2d(), {"x": "maps", "weight": "weight"}, {"out": "made"}),
        Step("rows", Reshape(shape=(12, 3)), {"x": "made"}, {"out": "rows"}),
        Step("squash", SquashExact(), {"x": "rows"}, {"out": "capsules"}),
        Step("votes", Votes(), {"u": "capsules", "weight": "matrices"}, {"out": "votes"}),
    )
    inputs = {"maps": Signature((3, 3, 2), PIXELS)}
    expected = {"weight": (4, 1, 1, 2), "matrices": (12, 2, 2, 3)}
    odd = Network("odd", inputs, steps, ("votes",), expected)
    assert rejection_of(lambda: find_primary(odd)) == Rejected(
        Reason.NAME_UNKNOWN,
        "odd has no primary capsule types: step 'conv' makes 4 channels, which are no capsules of "
        "3",
    )


def test_a_constant_of_two_steps() -> None:
    """Given weights of two convolutions, when one loses channels, then the other is named."""
    steps = (
        Step("one", Conv2d(), {"x": "maps", "weight": "weight"}, {"out": "a"}),
        Step("two", Conv2d(), {"x": "a", "weight": "weight"}, {"out": "b"}),
    )
    inputs = {"maps": Signature((3, 3, 2), PIXELS)}
    both = Network("both", inputs, steps, ("b",), {"weight": (2, 1, 1, 2)})
    assert rejection_of(lambda: narrowed(both, {"weight": {0: (1,)}}, "half")) == Rejected(
        Reason.SHAPE_MISMATCH,
        "step 'two': weight reads 'weight', of which other steps need other slices",
    )


def test_a_step_that_does_not_say() -> None:
    """Given a channel of maps that are added, when left out, then the step is named."""
    steps = (
        Step("conv", Conv2d(), {"x": "maps", "weight": "weight"}, {"out": "a"}),
        Step("sum", Add(), {"a": "a", "b": "a"}, {"out": "b"}),
    )
    inputs = {"maps": Signature((3, 3, 2), PIXELS)}
    made = Network("one", inputs, steps, ("b",), {"weight": (2, 1, 1, 2)})
    assert rejection_of(lambda: narrowed(made, {"weight": {0: (1,)}}, "half")) == Rejected(
        Reason.SHAPE_MISMATCH, "step 'sum': add does not say what can be left out"
    )


def test_channels_of_the_first_convolution() -> None:
    """Given a channel that is zero, when it goes, then the outputs stay as they were."""
    whole = network()
    tensors = {name: a.copy() for name, a in whole.tensors.items()}
    tensors["conv.weight"][0] = tensors["conv.bias"][0] = 0
    half = narrowed(whole, {"conv.weight": {0: (1,)}}, "half")
    assert half.expected["primary.weight"] == (15, 2, 2, 1)
    (found,) = forward(half, small_images(3), REAL)
    (expected,) = forward(whole.with_tensors(tensors), small_images(3), REAL)
    assert_close(found["length"], expected["length"], 1e-12)
