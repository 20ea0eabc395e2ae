"""A pruned network computes what the whole one computes with the removed types at zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.network import (
    Network,
    architecture,
    forward,
    load_network,
    load_program,
    macs,
    parameters,
    pruned_head,
    run,
    save_network,
    save_program,
)
from fxcaps.network.heads import Normalised
from fxcaps.ops import Take
from fxcaps.profiles import load_profile
from fxcaps.prune import find_primary, keep_types, remove_capsules
from fxcaps.prune.narrow import cut_array
from fxcaps.quantize import HARDWARE, calibrate, lower
from fxcaps.real import REAL
from fxcaps.types import Format, Reason
from tests.network.build import ON_ENGINE, ON_SPEC, outcome, random_tensors, small_images
from tests.prune.build import PLACES, TYPES, masked, network, places
from tests.support.floats import assert_close
from tests.support.outcomes import Rejected, rejection_of

IMAGES = small_images(6)
CHOICES: dict[str, dict[str, Any]] = {
    "plain": {},
    "routed": {"routed_primary": True},
    "shared": {"shared_transforms": True},
    "routed and shared": {"routed_primary": True, "shared_transforms": True},
    "without bias": {"capsule_bias": False},
}
KEPT = [(0, 1, 3, 4), (1, 4), (2,)]


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("name", CHOICES)
def test_floats_are_those_of_the_masked_network(name: str, kept: tuple[int, ...]) -> None:
    """Given types to keep, when pruned and when masked, then every tensor agrees to 1e-12."""
    whole = network(**CHOICES[name])
    pruned = keep_types(whole, kept)
    _, cuts = find_primary(whole).followed(kept)
    (expected,) = forward(masked(whole, kept), IMAGES, REAL)
    (found,) = forward(pruned, IMAGES, REAL)
    assert set(found) == set(expected)
    for tensor, values in expected.items():
        cut = {axis + 1: indices for axis, indices in cuts.get(tensor, {}).items()}
        assert_close(found[tensor], cut_array(values, cut), 1e-12, tensor)
    assert float(np.ptp(found["length"])) > 0.05


@pytest.mark.parametrize("profile", ["fxcaps-hardware", "fxcaps-truncate", "fxcaps-acc16"])
@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("name", CHOICES)
def test_words_are_those_of_the_masked_network(
    name: str, kept: tuple[int, ...], profile: str
) -> None:
    """Given formats from the same images, when both run in words, then what is kept is equal."""
    whole = network(**CHOICES[name])
    zeroed, pruned = masked(whole, kept), keep_types(whole, kept)
    arithmetic = load_profile(profile).arithmetic
    programs = [
        lower(each, calibrate(each, IMAGES, REAL), width=6, arithmetic=arithmetic)
        for each in (zeroed, pruned)
    ]
    expected, found = (run(p, IMAGES, ON_ENGINE, keep=p.traced) for p in programs)
    _, cuts = find_primary(whole).followed(kept)
    assert {key: entry.format for key, entry in programs[1].tensors.items()} == {
        key: entry.format for key, entry in programs[0].tensors.items()
    }
    for tensor, words in expected.words.items():
        cut = {axis + 1: indices for axis, indices in cuts.get(tensor, {}).items()}
        assert found.words[tensor].tolist() == cut_array(words, cut).tolist(), tensor
    assert len(np.unique(found.words["digit.v2"])) > 5


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_of_types(name: str) -> None:
    """Given all 30 choices of some of five types, when pruned, then lengths are the masked."""
    whole = network(**CHOICES[name])
    for bits in range(1, 31):
        kept = tuple(t for t in range(TYPES) if bits >> t & 1)
        (expected,) = forward(masked(whole, kept), IMAGES, REAL)
        (found,) = forward(keep_types(whole, kept), IMAGES, REAL)
        assert_close(found["length"], expected["length"], 1e-12, str(kept))


@pytest.mark.parametrize("name", CHOICES)
def test_a_pruned_network_on_specification_and_engine(name: str, tmp_path: Path) -> None:
    """Given three of five types, when run on both and from its files, then nothing differs."""
    pruned = keep_types(network(**CHOICES[name]), (0, 2, 3))
    program = lower(pruned, calibrate(pruned, IMAGES, REAL), width=7, arithmetic=HARDWARE)
    options: dict[str, Any] = {"keep": program.traced}
    on_engine = run(program, IMAGES[:2], ON_ENGINE, **options)
    assert outcome(on_engine) == outcome(run(program, IMAGES[:2], ON_SPEC, **options))
    save_network(pruned, tmp_path / "pruned.npz")
    again = load_network(tmp_path / "pruned.npz")
    assert (again.name, again.steps, again.expected) == (pruned.name, pruned.steps, pruned.expected)
    assert all(np.array_equal(again.tensors[key], a) for key, a in pruned.tensors.items())
    save_program(program, tmp_path / "program")
    assert load_program(tmp_path / "program").digest == program.digest


def test_weights_and_biases_are_cut() -> None:
    """Given types 1 and 4, when kept, then their channels, biases and matrices are left."""
    whole = network()
    pruned = keep_types(whole, [4, 1])
    w = whole.tensors
    expected = {
        **w,
        "primary.weight": w["primary.weight"][[3, 4, 5, 12, 13, 14]],
        "primary.bias": w["primary.bias"][[3, 4, 5, 12, 13, 14]],
        "digit.weight": w["digit.weight"][places((1, 4))],
    }
    assert {name: a.tolist() for name, a in pruned.tensors.items()} == {
        name: a.tolist() for name, a in expected.items()
    }
    assert pruned.name == "five-2of5"
    assert pruned.shapes()["primary"] == (2 * PLACES, 3)


def test_the_division_by_types_stays() -> None:
    """Given sums divided by five types, when two stay, then they are still divided by five."""
    pruned = keep_types(network(routed_primary=True), (1, 4))
    assert pruned.tensors["primary.coupling"].tolist() == [[1 / TYPES]]
    assert pruned.fixed == {"primary.coupling"}
    assert pruned.expected["primary.bias"] == (2, 3)


def test_counts_are_those_of_the_formula() -> None:
    """Given ShallowCaps, when types go, then parameters and products are as counted by hand."""
    for kept in (32, 24, 16, 8, 4, 1):
        made = keep_types(architecture("shallowcaps"), range(kept))
        channels = 8 * kept
        primary = channels * 81 * 256
        votes = 36 * kept * 10 * 16 * 8
        assert sum(parameters(made).values()) == 20_992 + primary + channels + votes + 160
        routing = 5 * 36 * kept * 10 * 16
        assert sum(macs(made.steps, made.shapes()).values()) == (
            8_294_400 + 36 * primary + votes + routing
        )


def test_all_types_are_the_network_itself() -> None:
    """Given all types, when kept, then nothing is made anew."""
    whole = network()
    assert keep_types(whole, range(TYPES)) is whole


def test_pruning_twice_is_pruning_once() -> None:
    """Given types 0, 2 and 4, when the last of them alone stays, then as if it was kept at once."""
    whole = network(routed_primary=True)
    twice = keep_types(keep_types(whole, (0, 2, 4)), (2,))
    once = keep_types(whole, (4,))
    assert twice.steps == once.steps
    assert {name: a.tolist() for name, a in twice.tensors.items()} == {
        name: a.tolist() for name, a in once.tensors.items()
    }


@pytest.mark.parametrize("removed", [(0,), (44,), (3, 17, 18, 30), tuple(range(1, 45))])
def test_single_capsules(removed: tuple[int, ...]) -> None:
    """Given capsules by index, when removed, then as if their matrices were zero, words too."""
    whole = network()
    tensors = {name: a.copy() for name, a in whole.tensors.items()}
    tensors["digit.weight"][list(removed)] = 0
    zeroed, pruned = whole.with_tensors(tensors), remove_capsules(whole, removed)
    left = [place for place in range(45) if place not in removed]
    take = next(step.params for step in pruned.steps if step.name == "primary.kept")
    assert take == Take(axis=0, indices=tuple(left))
    assert pruned.expected["digit.weight"] == (len(left), 3, 2, 3)
    (expected,), (found,) = (forward(each, IMAGES, REAL) for each in (zeroed, pruned))
    assert_close(found["length"], expected["length"], 1e-12)
    programs = [
        lower(each, {**calibrate(whole, IMAGES, REAL), **calibrate(each, IMAGES, REAL)}, width=7)
        for each in (zeroed, pruned)
    ]
    words = [run(p, IMAGES, ON_ENGINE, keep=["digit.v2"]).words for p in programs]
    assert words[0]["digit.v2"].tolist() == words[1]["digit.v2"].tolist()
    on_spec = run(programs[1], IMAGES[:1], ON_SPEC, keep=["digit.v2"]).words
    assert on_spec["digit.v2"].tolist() == words[1]["digit.v2"][:1].tolist()


def test_types_of_a_network_without_single_capsules() -> None:
    """Given removed capsules, when types go as well, then the layout step counts anew."""
    whole = network()
    both = keep_types(remove_capsules(whole, (1, 7)), (1, 2))
    (found,) = forward(both, IMAGES, REAL)
    tensors = {name: a.copy() for name, a in masked(whole, (1, 2)).tensors.items()}
    tensors["digit.weight"][[1, 7]] = 0
    (expected,) = forward(whole.with_tensors(tensors), IMAGES, REAL)
    assert_close(found["length"], expected["length"], 1e-12)
    assert both.shapes()["primary.kept"] == (16, 3)


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ((), "types: none are named"),
        ((0, 5), "types: 5 does not exist; there are 0 to 4"),
        ((-1,), "types: -1 does not exist; there are 0 to 4"),
        ((3, 1, 3), "types: 3 is named twice"),
    ],
)
def test_types_that_are_none(types: tuple[int, ...], message: str) -> None:
    """Given no types, unknown or repeated ones, when kept, then they are named."""
    assert rejection_of(lambda: keep_types(network(), types)) == Rejected(
        Reason.PARAMETER_INVALID, message
    )


@pytest.mark.parametrize(
    ("capsules", "message"),
    [
        ((), "capsules: none are named"),
        ((45,), "capsules: 45 does not exist; there are 0 to 44"),
        ((2, 2), "capsules: 2 is named twice"),
        (range(45), "capsules: all 45 are removed"),
    ],
)
def test_capsules_that_are_none(capsules: Any, message: str) -> None:
    """Given no capsules, unknown, repeated ones or all, when removed, then they are named."""
    assert rejection_of(lambda: remove_capsules(network(), capsules)) == Rejected(
        Reason.PARAMETER_INVALID, message
    )


def test_shared_matrices_need_whole_types() -> None:
    """Given matrices that a type shares, when one capsule of it goes, then that is refused."""
    assert rejection_of(lambda: remove_capsules(network(shared_transforms=True), (3,))) == Rejected(
        Reason.SHAPE_MISMATCH,
        "step 'votes': votes weight: 5 rows are shared, and the positions that remain do not "
        "repeat them",
    )


def _head(normalised: Normalised) -> Network:
    made = pruned_head(
        "head",
        features=(2, 3, 4),
        classes=3,
        types=5,
        normalised=normalised,
        format=Format(False, 8, 5),
    )
    return made.with_tensors(random_tensors(made))


def test_a_head_is_pruned() -> None:
    """Given a grid of one place, when three of five types stay, then as if the others are zero."""
    whole = _head(Normalised.OUTPUTS)
    pruned = keep_types(whole, (0, 3, 4))
    tensors = {name: a.copy() for name, a in whole.tensors.items()}
    tensors["digit.weight"][[1, 2]] = 0
    features = np.random.default_rng(5).integers(0, 256, (4, 2, 3, 4))
    (found,) = forward(pruned, features, REAL)
    (expected,) = forward(whole.with_tensors(tensors), features, REAL)
    assert_close(found["length"], expected["length"], 1e-12)


def test_couplings_that_share_one_among_capsules() -> None:
    """Given couplings normalised over primary capsules, when types go, then that is refused.

    A masked capsule would keep its part of the couplings, so that pruned and masked differ.
    """
    assert rejection_of(lambda: keep_types(_head(Normalised.INPUTS), (0, 3))) == Rejected(
        Reason.SHAPE_MISMATCH,
        "step 'digit.weighted_sum0': c reads 'digit.c0', of which other steps need other slices",
    )
