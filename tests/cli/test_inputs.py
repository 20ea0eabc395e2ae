"""What commands take for images."""

from __future__ import annotations

import numpy as np

from fxcaps import datasets
from fxcaps.cli.inputs import images_and_labels
from fxcaps.types import Reason
from tests.support.outcomes import Rejected, rejection_of


def test_a_data_set_can_be_doubled() -> None:
    """Given digits named with `:doubled`, when read, then 56 by 56, and the labels are theirs."""
    images, labels = datasets.digits("evaluation")
    found, known = images_and_labels("digits/evaluation:doubled", None, None)
    assert found.shape == (len(images), 56, 56, 1)
    assert np.array_equal(found, datasets.doubled(images))
    assert known is not None
    assert np.array_equal(known, labels)


def test_nothing_else_can_be_done_with_one() -> None:
    """Given another word after the split, when read, then it is refused by name."""
    assert rejection_of(lambda: images_and_labels("digits/evaluation:halved", None, None)) == (
        Rejected(Reason.NAME_UNKNOWN, "images of a data set can be doubled, found 'halved'")
    )
