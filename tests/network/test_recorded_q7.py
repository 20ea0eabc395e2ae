"""The published int8 networks of Q7-CapsNets: every recorded word of every recorded image.

Recorded from the C sources of github.com/MiguelCosta94/Q7-CapsNets, commit 11eef8a. `arm_orig` has
the softmax constant of CMSIS-NN, 13, `arm_tuned` the 14 that the authors advise; live logits have
the shifts `bnew01` of the recordings, which put logits and agreements into one scale, whereas the
published ones leave nearly every logit at 0.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps import api
from fxcaps.network import Program, expand, with_parameters
from fxcaps.ops import AddLanes, AddShift, ArgmaxSticky
from fxcaps.oracle import argmax
from fxcaps.profiles import load_profile
from fxcaps.quantize import RULES, Range, lower, to_words
from tests.spec.pages import CHAPTERS, table_with
from tests.support.data import calibration, mnist_test
from tests.support.q7_networks import (
    PROFILES,
    before_relu,
    float_network,
    fnv,
    published,
    recorded,
    recorded_ranges,
    taps,
)

BOTH = pytest.mark.parametrize(
    ("target", "live"), [(target, live) for target in PROFILES for live in (False, True)]
)

FINAL = {
    ("arm_orig", False): (9889, "88d307a5"),
    ("arm_tuned", False): (9883, "778ae526"),
    ("gap8", False): (9883, "778ae526"),
    ("arm_orig", True): (9755, "e1a74dea"),
    ("arm_tuned", True): (9835, "f028dd96"),
    ("gap8", True): (9835, "c6f30bf3"),
}
"""Right of the 10,000 test images, FNV-1a-32 over the words of their digit capsules.

The sums of the published shifts on Arm came with the recordings; the others are ours, of words
whose lengths are all equal to the recorded ones.
"""

SHIFTS = {False: [7, 6], True: [0, 1]}
"""Of the logits' additions, by whether they are live."""

PAGE = CHAPTERS["profiles.md"]

Ints = NDArray[Any]


def differing(program: Program, images: Ints, expected: dict[str, Ints]) -> dict[str, int]:
    """How many words of each tensor are not the expected ones, with none left undecided."""
    made = api.run(program, images, keep=tuple(expected))
    assert made.undecided == {}
    return {
        name: int(np.count_nonzero(made.words[name] != words)) for name, words in expected.items()
    }


def shifts(program: Program) -> list[int | None]:
    """Of the logits' additions."""
    params = [step.params for step in expand(program).steps]
    return [item.shift for item in params if isinstance(item, AddShift | AddLanes)]


def check_taps(program: Program, images: Ints, trace: dict[str, Ints]) -> None:
    """Every tensor of a Program is in the trace and has its words, before ReLU, too."""
    expected = taps(trace)
    assert set(expected) == set(program.traced) - {"pixels"}
    assert differing(program, images, expected) == dict.fromkeys(expected, 0)
    for name, words in before_relu(trace).items():
        bare = with_parameters(program, {f"{name}.relu": False})
        assert differing(bare, images, {name: words}) == {name: 0}


@BOTH
def test_every_tap_of_mnist(target: str, *, live: bool) -> None:
    """Given 64 recorded images, when run, then every word of every tensor is the recorded one."""
    trace = recorded(f"mnist_{target}{'_bnew01' if live else ''}_trace")
    program = published("mnist", target, live=live)
    images, labels = (array[trace["meta_idx"]] for array in mnist_test())
    assert np.array_equal(labels, trace["meta_label"])
    assert shifts(program) == SHIFTS[live] == list(trace["meta_b_new_rshifts"])
    assert len(before_relu(trace)) == (0 if target == "gap8" else 1)
    check_taps(program, images, trace)


def test_every_tap_of_cifar10() -> None:
    """Given 32 recorded images, when run, then every word of every tensor is the recorded one."""
    trace = recorded("cifar_arm_tuned_trace")
    program = published("cifar10", "arm_tuned")
    assert len(before_relu(trace)) == 4
    check_taps(program, pixels_of(trace["input"]), trace)


def pixels_of(words: Ints) -> NDArray[np.uint8]:
    """Pixels that become these words of 7 fraction bits; several do, and all of them give one."""
    table = np.minimum(np.rint(np.arange(256) / 255 * 128), 127).astype(np.int64)
    return np.searchsorted(table, words.astype(np.int64)).astype(np.uint8)


@BOTH
def test_all_of_mnist(target: str, *, live: bool) -> None:
    """Given the 10,000 test images, then lengths, predictions and capsules are the recorded ones.

    Where it was counted, so are the logits that are not 0.
    """
    final = recorded(f"mnist_final10000{'_bnew01' if live else ''}")
    images, labels = mnist_test()
    program = published("mnist", target, live=live)
    counted = f"n_nonzero_b_final_{target}"
    keep = ["digit.v2", *(["digit.b2"] if counted in final else [])]
    made = api.run(program, images, keep=keep, threads=2)
    assert np.array_equal(made.words["length"], final[f"lengths_{target}"])
    assert np.array_equal(made.words["class"], final[f"pred_{target}"])
    right = int(np.count_nonzero(made.words["class"] == labels))
    assert (right, fnv(made.words["digit.v2"])) == FINAL[target, live]
    assert made.undecided == {}
    if counted in final:
        logits = np.count_nonzero(made.words["digit.b2"], axis=(1, 2))
        assert np.array_equal(logits, final[counted])


def test_stale_predictions_of_gap8() -> None:
    """Given GAP8's lengths in order, when ties keep the prediction before, then 98.85 %."""
    final = recorded("mnist_final10000")
    found = argmax(final["lengths_gap8"].astype(np.int64), ArgmaxSticky(), x="s8f7", out="u4f0")
    assert np.array_equal(found, final["pred_gap8_sticky"])
    assert int(np.count_nonzero(found == final["labels"])) == 9885


@pytest.mark.parametrize("target", PROFILES)
def test_original_images_of_cifar10(target: str) -> None:
    """Given 1,017 original images, when run, then lengths and predictions are the recorded ones."""
    given = recorded("cifar_orig_first_n")
    expected = {"length": given[f"lengths_{target}"], "class": given[f"pred_{target}"]}
    expected["image"] = given["input"].reshape(-1, 32, 32, 3)
    found = differing(published("cifar10", target), given["x_uint8"], expected)
    assert found == dict.fromkeys(expected, 0)


def test_on_the_specification() -> None:
    """Given a recorded image, live logits, when the specification runs it, then all is equal."""
    trace = recorded("mnist_gap8_bnew01_trace")
    images = mnist_test()[0][trace["meta_idx"][:1]]
    program = published("mnist", "gap8", live=True)
    made = api.run(program, images, keep=program.traced, on_spec=True)
    expected = {name: words[:1] for name, words in taps(trace).items()}
    assert {name: (made.words[name] == words).all() for name, words in expected.items()} == (
        dict.fromkeys(expected, True)
    )
    assert api.run(program, images).events == made.events


@pytest.mark.parametrize("target", PROFILES)
def test_the_quantiser_derives_the_program(target: str) -> None:
    """Given float weights and recorded ranges, when lowered by `q7`, then it is the published one.

    Weights, formats, shifts and all other parameters: the digests are equal.
    """
    arithmetic = load_profile(PROFILES[target]).arithmetic
    network = float_network("mnist")
    found = lower(network, recorded_ranges(), width=8, arithmetic=arithmetic, rule=RULES["q7"])
    expected = published("mnist", target)
    assert {name: str(entry.format) for name, entry in found.tensors.items()} == (
        {name: str(entry.format) for name, entry in expected.tensors.items()}
    )
    assert shifts(found) == SHIFTS[False]
    assert found.digest == expected.digest


@pytest.mark.parametrize("dataset", ["mnist", "cifar10"])
def test_the_quantiser_derives_the_words(dataset: str) -> None:
    """Given float weights alone, when made words by `q7`, then every published word comes out."""
    network, program = float_network(dataset), published(dataset, "arm_tuned")
    rule, unequal = RULES["q7"], {}
    for name, tensor in network.tensors.items():
        format = rule.constant(observed(tensor), 8)
        words = to_words(tensor, format)
        unequal[name] = (
            format != program.tensors[name].format,
            int(np.count_nonzero(words != program.constants[name])),
        )
    assert unequal == dict.fromkeys(network.tensors, (False, 0))


def observed(tensor: Ints) -> Range:
    """The range of a tensor."""
    return Range(float(tensor.min()), float(tensor.max()))


def test_rounding_decides() -> None:
    """Given floor for rounding toward zero in the capsules' sums, then 50.54 % for 98.83 %."""
    images, labels = mnist_test()
    parts = ("votes", "digit.weighted_sum*", "digit.agreement*", "digit.update*")
    changes = {f"{part}.rounding": "floor" for part in parts}
    program = with_parameters(published("mnist", "arm_tuned"), changes)
    found = api.run(program, images, threads=2).words["class"]
    assert int(np.count_nonzero(found == labels)) == 5054


def test_the_corrected_profile() -> None:
    """Given the same float weights, ranges of training images, then at least 98.9 %: 98.91 %."""
    images, labels = mnist_test()
    program = api.quantize_network(
        float_network("mnist"), calibration(), arithmetic=load_profile("fxcaps-q7-corrected")
    )
    assert {entry.format.width for entry in program.tensors.values()} == {4, 8}  # 4: the class
    found = api.run(program, images, threads=2).words["class"]
    assert int(np.count_nonzero(found == labels)) == 9891


def test_the_page_has_these_figures() -> None:
    """Given the page of profiles, then its figures are those that these tests assert."""
    names = {profile: target for target, profile in PROFILES.items()}
    rows = table_with(PAGE, "profile", "logits", "right", "FNV-1a-32").rows
    shown = {
        (names[row[0].strip("`")], row[1] == "in one scale"): (
            int(row[2].replace(",", "")),
            row[3],
        )
        for row in rows
    }
    assert shown == FINAL
    rounded = table_with(PAGE, "rounded down", "right").rows
    assert (rounded[0][1], rounded[-1][1]) == ("9,883", "5,054")
    corrections = table_with(
        PAGE,
        "corrected, with all above",
        "length error",
        "right of 5,000",
        "right of 10,000",
        "change",
    ).rows
    right = [int(row[3].replace(",", "")) for row in corrections]
    assert (right[0], right[1], right[-1]) == (9883, 9835, 9891)
    changes = [f"{after - before:+}" for before, after in itertools.pairwise(right)]
    assert [row[4] for row in corrections] == ["", *changes]
    errors = [float(row[1]) for row in corrections]
    assert errors == sorted(errors, reverse=True)
