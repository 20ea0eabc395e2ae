"""The order of validation images: those first that decide questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.allocate.samples import scores_of
from fxcaps.network import Network
from fxcaps.network.forward import forward

_STEP = 2.0**-20
"""Margins closer than this count as equal, so that the last bits of floats decide nothing."""


def hardest_first(
    network: Network,
    images: NDArray[Any],
    labels: NDArray[Any],
    real: Mapping[str, Callable[..., Any]],
    *,
    decision: str = "class",
) -> NDArray[np.int64]:
    """Positions of images by the margin with which the floats get them right, smallest first.

    The margin is the score of the labelled class less the largest of the others; it is negative
    where the floats are wrong. Words go wrong where it is small, so a question about accuracy is
    answered after a few images where the answer is no. Equal margins keep their order.

    Args:
        network: with its tensors.
        images: `(N, *shape)`.
        labels: `(N)` their classes.
        real: table of real functions.
        decision: tensor that holds the class.
    """
    name = scores_of(network, decision)
    scores = np.concatenate([values[name] for values in forward(network, images, real)])
    rows = np.arange(len(scores))
    own = scores[rows, labels]
    others = scores.copy()
    others[rows, labels] = -np.inf
    margins = np.round((own - others.max(axis=1)) / _STEP)
    return np.argsort(margins, kind="stable")
