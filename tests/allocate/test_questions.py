"""Questions of a few images: screens, errors of class scores, and the order of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fxcaps.allocate import Scheme, hardest_first
from fxcaps.network import run
from fxcaps.network.forward import forward
from fxcaps.ops import Arithmetic
from fxcaps.real import REAL
from fxcaps.types import Overflow
from tests.allocate.build import CALIBRATION, IMAGES, LABELS, NETWORK, evaluator
from tests.network.build import ON_ENGINE, small_images
from tests.support.outcomes import Rejected, rejection_of


def test_screens_look_at_some_images_alone() -> None:
    """Given bounds, when asked of the first images, then a no is certain and a yes leaves it open.

    The answer to a question of some images is entered even where more is known already, so that a
    resumed search, which knows more, takes the same way.
    """
    right = (
        run(Scheme().program(NETWORK, CALIBRATION, 4), IMAGES, ON_ENGINE).words["class"] == LABELS
    )
    for images, end in ((1, 2), (9, 10), (10, 10), (11, 20), (70, 70), (700, 70)):
        possible = int(right[:end].sum()) + 70 - end
        with evaluator() as search:
            for needed in (possible, possible + 1):
                assert search.survives(4, needed, images) is (needed == possible)
            assert max(record.images for record in search.records) <= end
    with evaluator() as search:
        assert search.survives(4, possible, 20)
        assert search.reaches(4, possible)
        assert search.survives(4, possible, 30)
        assert search.survives(4, possible, 20)
        limits = [record.limit for record in search.records]
        assert limits == [20, None, 30]
        assert search.records[-1].macs == 0


def test_errors_are_those_of_class_scores(tmp_path: Path) -> None:
    """Given samples, when widths are compared, then the mean squared difference of the lengths."""
    samples = small_images(7, seed=2)
    place = tmp_path / "search.jsonl"
    with evaluator(samples=samples, journal=place) as search:
        found = [search.error(width, 12) for width in (12, 5, {"*": 12, "digit.v2": 4})]
        again = search.error(5, 12)
        programs = [search.program(width) for width in (12, 12, 5, {"*": 12, "digit.v2": 4})]
        assert len(search.records) == 3
    wide, *values = [
        run(p, samples, ON_ENGINE, keep=("length",)).words["length"]
        * float(p.tensors["length"].format.step)
        for p in programs
    ]
    assert found == [float(np.mean((one - wide) ** 2)) for one in values]
    assert found[0] == 0.0 < found[2]
    assert again == found[1]
    with evaluator(samples=samples, journal=place, resume=True) as search:
        assert search.error(5, 12) == found[1]
        assert len(search.records) == 3
    rejecting = Scheme(arithmetic=Arithmetic(overflow=Overflow.REJECT))
    with evaluator(scheme=rejecting) as search:
        refused = rejection_of(lambda: search.error(4, 14))
    assert isinstance(refused, Rejected)
    assert refused.message == "step 'image': out[15]: 16384 is outside u14f14 [0, 16383]"


def test_the_order_puts_small_margins_first() -> None:
    """Given labels, when images are ordered, then by margin in floats, wrong ones first."""
    labels = LABELS.copy()
    labels[[5, 40]] = (labels[[5, 40]] + 1) % 3
    scores = np.concatenate([v["length"] for v in forward(NETWORK, IMAGES, REAL)])
    others = np.where(np.arange(3) == labels[:, None], -np.inf, scores).max(axis=1)
    margins = scores[np.arange(70), labels] - others
    order = hardest_first(NETWORK, IMAGES, labels, REAL)
    assert sorted(order) == list(range(70))
    assert set(order[:2]) == {5, 40}
    assert (np.diff(margins[order]) > -(2.0**-19)).all()
    twice = np.concatenate([IMAGES[:3], IMAGES[:3]])
    same = hardest_first(NETWORK, twice, np.concatenate([labels[:3], labels[:3]]), REAL)
    assert [b - a for a, b in same.reshape(3, 2)] == [3, 3, 3]  # equal ones keep their order
