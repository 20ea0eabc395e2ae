"""Heads on the features of pruned backbones: counts, the formulas, words on both sides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.api import explain
from fxcaps.network import (
    Network,
    Normalised,
    capsule_network,
    expand,
    forward,
    load_program,
    macs,
    parameters,
    pruned_head,
    run,
    save_program,
)
from fxcaps.ops import ConvVotes
from fxcaps.quantize import HARDWARE, quantize_network
from fxcaps.real import REAL
from fxcaps.real.conv_votes import conv_votes
from fxcaps.types import Format, Reason
from tests.network.build import ON_ENGINE, ON_SPEC, outcome, random_tensors, small_images
from tests.support.floats import assert_close
from tests.support.outcomes import Rejected, rejection_of

TYPES = [256, 246, 243, 118, 128, 77]
"""Of ResNet-50 at 100, 75, 50 and 25 % of its operations, of MobileNetV1 at 100 and 50 %."""

CHANNELS = [2048, 1970, 1947, 944, 1024, 616]

EXACT = {"squash": "exact", "softmax": "exact"}


def head(types: int = 7, **choices: Any) -> Network:
    """A head on 2 x 3 places of 4 features, with random tensors."""
    made = pruned_head("head", features=(2, 3, 4), classes=3, types=types, **choices)
    return made.with_tensors(random_tensors(made))


def features(count: int, seed: int = 3) -> NDArray[np.int64]:
    """Words of features for it."""
    return np.random.default_rng(seed).integers(0, 256, (count, 2, 3, 4))


@pytest.mark.parametrize(("types", "channels"), list(zip(TYPES, CHANNELS, strict=True)))
def test_counts_of_the_paper(types: int, channels: int) -> None:
    """Given the channels of a backbone on 2 x 2 places, when built, then types are an eighth."""
    made = pruned_head("head", features=(2, 2, channels), classes=10)
    assert made.shapes()["primary"] == (types, 8)
    assert made.shapes()["digit.v2"] == (10, 16)
    counts = parameters(made)
    assert counts == {
        "primary.weight": 8 * types * 4 * channels,
        "primary.bias": 8 * types,
        "digit.weight": types * 10 * 16 * 8,
        "digit.bias": 160,
    }
    assert sum(macs(made.steps, made.shapes()).values()) == (
        counts["primary.weight"] + counts["digit.weight"] + 5 * types * 160
    )


def by_hand(network: Network, words: NDArray[np.int64], over: str) -> dict[str, Any]:
    """The head of the paper's code for one image, in loops over capsules."""
    w = network.tensors
    maps = np.einsum("hwc,ohwc->o", words / 16, w["primary.weight"]) + w["primary.bias"]
    u = shrink(maps.reshape(-1, 8))
    count = len(u)
    rows = len(w["digit.weight"])
    votes = np.array([[m @ u[i] for m in w["digit.weight"][i % rows]] for i in range(count)])
    logits = np.zeros(votes.shape[:2])
    made: dict[str, Any] = {"primary": u, "digit.votes": votes}
    for r in range(3):
        c = (
            np.exp(logits)
            / np.exp(logits).sum(axis={"outputs": 1, "inputs": 0}[over])[
                (slice(None), None) if over == "outputs" else (None, slice(None))
            ]
        )
        s = sum(c[i][:, None] * votes[i] for i in range(count)) + w["digit.bias"]
        v = shrink(s)
        made |= {f"digit.c{r}": c, f"digit.s{r}": s, f"digit.v{r}": v}
        logits = logits + np.array([[votes[i, j] @ v[j] for j in range(3)] for i in range(count)])
    return made


def shrink(vectors: NDArray[Any]) -> NDArray[Any]:
    """Squash with 1e-6 inside the root."""
    squares = (vectors**2).sum(axis=1)[:, None]
    return squares / (1 + squares) * vectors / np.sqrt(squares + 1e-6)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("normalised", Normalised)
def test_floats_are_the_formulas(normalised: Normalised, shared: bool) -> None:
    """Given a head, when run in floats, then every tensor is what the paper's code computes."""
    network = head(normalised=normalised, shared=shared)
    given = features(3)
    (found,) = forward(network, given, REAL)
    for n, words in enumerate(given):
        for name, values in by_hand(network, words, normalised.value).items():
            assert_close(found[name][n], values, 1e-12, name)


@pytest.mark.parametrize("types", TYPES)
def test_all_types_on_specification_and_engine(types: int) -> None:
    """Given each number of types, when run in words, then every tensor and event is equal."""
    program = quantize_network(head(types), features(4), REAL, width=8)
    options: dict[str, Any] = {"keep": program.traced}
    on_engine = run(program, features(2, 9), ON_ENGINE, **options)
    assert outcome(on_engine) == outcome(run(program, features(2, 9), ON_SPEC, **options))
    assert on_engine.undecided == {}
    assert len(np.unique(on_engine.words["digit.v2"])) > 20


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("normalised", Normalised)
def test_variants_on_specification_and_engine(
    normalised: Normalised, shared: bool, exact: bool
) -> None:
    """Given each variant, when run in words, then every tensor and event is equal."""
    arithmetic = replace(HARDWARE, algorithms=EXACT) if exact else HARDWARE
    network = head(normalised=normalised, shared=shared, format=Format(False, 8, 5))
    program = quantize_network(network, features(4), REAL, width=7, arithmetic=arithmetic)
    options: dict[str, Any] = {"keep": program.traced}
    on_engine = run(program, features(3, 9), ON_ENGINE, **options)
    assert outcome(on_engine) == outcome(run(program, features(3, 9), ON_SPEC, **options))


def test_words_and_files_of_routing_over_inputs(tmp_path: Any) -> None:
    """Given flat routing, when expanded, written and read, then the Program is the same."""
    program = quantize_network(head(), features(4), REAL)
    assert expand(program).steps == program.steps
    save_program(program, tmp_path / "program")
    assert load_program(tmp_path / "program").digest == program.digest


def test_features_are_words_of_their_format() -> None:
    """Given one word in two formats, when run in floats, then it stands for two values."""
    low, high = (
        next(forward(head(format=Format(False, 8, frac)), features(2), REAL))["primary.maps"]
        for frac in (4, 3)
    )
    bias = head().tensors["primary.bias"]
    assert_close(2 * (low - bias), high - bias, 1e-12)
    assert rejection_of(lambda: next(forward(head(), features(2)[:, :1], REAL))) == Rejected(
        Reason.SHAPE_MISMATCH,
        "images for 'features': expected shape (N, 2, 3, 4), found (2, 1, 3, 4)",
    )


def test_the_epsilon_reaches_the_words() -> None:
    """Given an epsilon as large as the vectors, when squashed exactly, then words are smaller."""
    arithmetic = replace(HARDWARE, algorithms=EXACT)
    found = []
    for epsilon in ((0, 1), (1, 10**6), (5000, 1)):
        program = quantize_network(
            head(epsilon=epsilon), features(4), REAL, width=8, arithmetic=arithmetic
        )
        words = run(program, features(4), ON_ENGINE, keep=["primary"]).words["primary"]
        found.append(np.abs(words.astype(np.int64)).sum())
    assert found[2] < 0.8 * found[1]
    assert abs(found[1] - found[0]) <= 0.01 * found[0]


def grid(*, shared: bool) -> Network:
    """Five types on a 3 x 3 grid."""
    made = capsule_network(
        "grid",
        image=(8, 8, 1),
        channels=2,
        kernel=2,
        types=5,
        dim=3,
        stride=2,
        classes=3,
        dim_out=2,
        shared_transforms=shared,
    )
    return made.with_tensors(random_tensors(made))


def test_shared_transforms_are_those_written_out() -> None:
    """Given one matrix a type, when written out for each place, then floats and words agree."""
    shared = grid(shared=True)
    assert shared.expected["digit.weight"] == (5, 3, 2, 3)
    tensors = dict(shared.tensors)
    tensors["digit.weight"] = np.tile(tensors["digit.weight"], (9, 1, 1, 1))
    written = grid(shared=False).with_tensors(tensors)
    images = small_images(4)
    expected, found = (next(forward(each, images, REAL)) for each in (written, shared))
    assert_close(found["digit.v2"], expected["digit.v2"], 1e-13)
    programs = [quantize_network(each, images, REAL, width=6) for each in (written, shared)]
    made = [run(p, images, ON_ENGINE, keep=p.traced) for p in programs]
    assert outcome(made[0]) == outcome(made[1])
    assert outcome(made[1]) == outcome(run(programs[1], images, ON_SPEC, keep=programs[1].traced))


def test_a_vote_by_a_shared_matrix_is_explained() -> None:
    """Given every vote of the last capsule, when explained, then its products make the word."""
    program = quantize_network(grid(shared=True), small_images(4), REAL, width=6)
    words = run(program, small_images(1), ON_ENGINE, keep=["digit.votes"]).words["digit.votes"]
    for place in np.ndindex(3, 2):
        found = explain(program, small_images(1), 0, (44, *place), step="votes")
        products = [p.product for p in found.sums[0].products]
        assert len(products) == 3
        assert found.sums[0].total.value == sum(products)
        assert found.word == words[0, 44][place]


def test_shared_transforms_are_a_window_of_one() -> None:
    """Given capsules of a grid, when voted by convolution and by sharing, then it is the same."""
    network = grid(shared=True)
    (found,) = forward(network, small_images(2), REAL)
    u = found["primary"].reshape(2, 3, 3, 5, 3)
    weight = network.tensors["digit.weight"][:, :, :, None, None, :]
    made = conv_votes(ConvVotes(), {"u": u, "weight": weight})["out"]
    votes = made.transpose(0, 2, 3, 1, 4, 5).reshape(2, 45, 3, 2)
    assert_close(found["digit.votes"], votes, 1e-13)
