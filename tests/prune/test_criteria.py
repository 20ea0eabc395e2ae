"""Rankings of types, beside what loops over capsules and images give."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fxcaps
from fxcaps.network import Network, forward, predict
from fxcaps.prune import Criterion, Ranking, keep_types, rank_types
from fxcaps.prune.greedy import scores_of
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.network.build import small_images
from tests.prune.build import PLACES, TYPES, network
from tests.support.outcomes import Rejected, rejection_of

IMAGES = small_images(40)
LABELS = np.arange(40) % 3


def ranked(criterion: Criterion, whole: Network | None = None, **given: Any) -> Ranking:
    options: dict[str, Any] = {"images": IMAGES, "labels": LABELS} | given
    return rank_types(whole or network(), criterion, REAL, **options)


def by_score(criterion: Criterion, scores: list[float]) -> None:
    """The ranking is that of these scores."""
    found = ranked(criterion)
    assert found.removal == tuple(sorted(range(TYPES), key=lambda t: scores[t]))
    np.testing.assert_allclose(found.scores, sorted(scores), rtol=1e-12)
    assert (found.criterion, found.types) == (criterion, TYPES)


def test_norm() -> None:
    """Given weights, when ranked by norm, then it is that of all that goes with a type."""
    w = network().tensors
    scores = []
    for t in range(TYPES):
        total = (w["primary.weight"][3 * t : 3 * t + 3] ** 2).sum()
        total += (w["primary.bias"][3 * t : 3 * t + 3] ** 2).sum()
        total += sum((w["digit.weight"][p * TYPES + t] ** 2).sum() for p in range(PLACES))
        scores.append(float(np.sqrt(total)))
    by_score(Criterion.NORM, scores)
    assert ranked(Criterion.NORM, images=None, labels=None) == ranked(Criterion.NORM)


def test_norm_leaves_out_what_stays() -> None:
    """Given couplings of 1/5 for all, when ranked by norm, then they belong to no type."""
    whole = network(routed_primary=True)
    w = whole.tensors
    found = ranked(Criterion.NORM, whole)
    t = found.removal[0]
    total = (w["primary.weight"][3 * t : 3 * t + 3] ** 2).sum() + (w["primary.bias"][t] ** 2).sum()
    total += sum((w["digit.weight"][p * TYPES + t] ** 2).sum() for p in range(PLACES))
    assert found.scores[0] == pytest.approx(float(np.sqrt(total)), rel=1e-12)


def test_activity() -> None:
    """Given images, when ranked by activity, then it is the mean length of the capsules."""
    capsules = np.concatenate([v["primary"] for v in forward(network(), IMAGES, REAL)])
    scores = [
        float(
            np.mean(
                [np.hypot.reduce(row[p * TYPES + t]) for row in capsules for p in range(PLACES)]
            )
        )
        for t in range(TYPES)
    ]
    by_score(Criterion.ACTIVITY, scores)


def test_routing() -> None:
    """Given images, when ranked by routing, then it is the part along the winner's sum."""
    scores = [0.0] * TYPES
    lengths = 0.0
    for values in forward(network(), IMAGES, REAL, batch=1):
        c, votes = values["digit.c2"][0], values["digit.votes"][0]
        s, j = values["digit.s2"][0], int(values["class"][0])
        along = s[j] / np.hypot(*s[j])
        for i in range(TYPES * PLACES):
            scores[i % TYPES] += float(c[i, j] * votes[i, j] @ along) / len(IMAGES)
        bias = network().tensors["digit.bias"][j]
        lengths += float(np.hypot(*s[j]) - bias @ along) / len(IMAGES)
    by_score(Criterion.ROUTING, scores)
    assert sum(scores) == pytest.approx(lengths, rel=1e-12)


def one_by_one(
    whole: Network, images: NDArray[Any], labels: NDArray[Any], keep: int
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """The order of the criterion and its shares, from whole forwards of pruned networks."""
    left, order, shares, at = list(range(TYPES)), [], [], np.arange(len(labels))
    while len(left) > keep:
        tried = []
        for t in left:
            made = predict(keep_types(whole, [o for o in left if o != t]), images, REAL)
            right = int((made["class"] == labels).sum())
            own = made["length"][at, labels]
            rest = np.where(
                np.arange(made["length"].shape[1]) == labels[:, None], -1.0, made["length"]
            )
            tried.append((right, float((own - rest.max(axis=1)).sum()), -t))
        right, _, gone = max(tried)
        order.append(-gone)
        shares.append(right / len(labels))
        left.remove(-gone)
    return tuple(order), tuple(shares)


@pytest.mark.parametrize("choices", [{}, {"shared_transforms": True}, {"routed_primary": True}])
def test_accuracy(choices: dict[str, Any]) -> None:
    """Given labels, when types go one by one, then each time the one that is missed least."""
    whole = network(**choices)
    found = ranked(Criterion.ACCURACY, whole, keep=2)
    order, shares = one_by_one(whole, IMAGES, LABELS, 2)
    assert found == Ranking(Criterion.ACCURACY, TYPES, order, shares)
    assert set(found.kept(2)) == set(range(TYPES)) - set(order)


def test_accuracy_of_digits() -> None:
    """Given five types of a trained network, when they go, then accuracy falls as predicted."""
    whole = keep_types(fxcaps.load_network("mnist-small"), (1, 2, 7, 8, 10))
    images, labels = (given[:50] for given in fxcaps.digits("calibration"))
    found = ranked(Criterion.ACCURACY, whole, images=images, labels=labels, keep=2)
    order, shares = one_by_one(whole, images, labels.astype(int), 2)
    assert found == Ranking(Criterion.ACCURACY, TYPES, order, shares)
    assert len(set(shares)) > 1


def test_accuracy_tells_what_is_done() -> None:
    """Given 40 images and five types to two, when ranked, then 5 + 4 + 3 routings of each."""
    told: list[tuple[int, int]] = []
    ranked(Criterion.ACCURACY, keep=2, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (480, 480)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("criterion", [Criterion.ACTIVITY, Criterion.ROUTING])
def test_others_tell_images(criterion: Criterion) -> None:
    """Given 40 images, when ranked, then progress comes after each batch of 32."""
    told: list[tuple[int, int]] = []
    ranked(criterion, progress=lambda done, total: told.append((done, total)))
    assert told == [(32, 40), (40, 40)]


def test_what_stays() -> None:
    """Given an order, when asked for numbers of types, then the first of it are gone."""
    found = Ranking(Criterion.NORM, 5, (3, 0, 4), (0.1, 0.2, 0.3))
    assert [found.kept(count) for count in (5, 4, 2)] == [(0, 1, 2, 3, 4), (0, 1, 2, 4), (1, 2)]
    assert rejection_of(lambda: found.kept(1)) == Rejected(
        Reason.PARAMETER_INVALID, "keep: only 3 of 5 types were ranked for removal"
    )


def test_what_a_criterion_needs() -> None:
    """Given no images, labels that do not fit, or no routing, when ranked, then one line each."""

    def line(criterion: Criterion, whole: Network | None = None, **given: Any) -> Rejected:
        return rejection_of(lambda: ranked(criterion, whole, **given))

    assert line(Criterion.ROUTING, images=None) == Rejected(
        Reason.DATA_INVALID, "criterion routing needs images"
    )
    assert line(Criterion.ACCURACY, labels=None) == Rejected(
        Reason.DATA_INVALID, "criterion accuracy needs labels of the images"
    )
    assert line(Criterion.ACCURACY, labels=LABELS[:3]) == Rejected(
        Reason.DATA_INVALID, "expected 40 labels, one integer an image, found int64 (3,)"
    )
    assert line(Criterion.ACCURACY, labels=LABELS / 1) == Rejected(
        Reason.DATA_INVALID, "expected 40 labels, one integer an image, found float64 (40,)"
    )
    assert line(Criterion.ACCURACY, images=IMAGES[:0], labels=LABELS[:0]) == Rejected(
        Reason.DATA_INVALID, "images for 'pixels': there are none"
    )
    assert line(Criterion.ACCURACY, labels=LABELS + 1) == Rejected(
        Reason.DATA_INVALID, "labels are 0 to 2, found 1 to 3"
    )
    assert line(Criterion.ACTIVITY, images=IMAGES[:, :7]) == Rejected(
        Reason.SHAPE_MISMATCH,
        "images for 'pixels': expected shape (N, 8, 8, 1), found (40, 7, 8, 1)",
    )
    assert line(Criterion.ACCURACY, keep=0) == Rejected(
        Reason.PARAMETER_INVALID, "keep: 0 leaves 0 of 5 types; 1 to 5 can be kept"
    )


def test_networks_without_a_class_or_routing() -> None:
    """Given a network cut off after votes or lengths, when ranked, then one line each."""
    whole = network()
    votes = replace(
        whole,
        steps=whole.steps[:-3],
        outputs=("digit.votes",),
        expected={k: s for k, s in whole.expected.items() if k != "digit.bias"},
        tensors={k: a for k, a in whole.tensors.items() if k != "digit.bias"},
    )
    assert rejection_of(lambda: ranked(Criterion.ROUTING, votes)) == Rejected(
        Reason.NAME_UNKNOWN, "five: no step routes the votes 'digit.votes'"
    )
    lengths = replace(whole, steps=whole.steps[:-1], outputs=("length",))
    assert rejection_of(lambda: ranked(Criterion.ACCURACY, lengths)) == Rejected(
        Reason.NAME_UNKNOWN, "five: no output is the class of an image"
    )
    assert scores_of(whole) == "length"
