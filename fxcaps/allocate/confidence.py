"""Confidence intervals of accuracies, and how many images they ask for."""

from __future__ import annotations

import math
from statistics import NormalDist

LEVEL = 0.95
"""Of intervals, unless something else is asked for."""


def accuracy_interval(correct: int, total: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval of a share, as fractions of one.

    Source: Wilson 1927; it never leaves 0..1 and holds its level for shares near 1.

    Args:
        correct: right images.
        total: images, at least one.
        level: of confidence.
    """
    z = _z(level)
    share = correct / total
    centre = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2)
    scale = 1 + z * z / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def paired_interval(
    lost: int, gained: int, total: int, level: float = LEVEL
) -> tuple[float, float]:
    """Interval of the loss between two classifiers of the same images, as fractions of one.

    Wald's interval after half an image is added to each of the four cells, which holds its level
    for few differing images. Source: Agresti and Min 2005.

    Args:
        lost: images that the first gets right and the second wrong.
        gained: the other way round.
        total: images.
        level: of confidence.
    """
    count = total + 2
    change, differing = lost - gained, lost + gained + 1
    spread = _z(level) * math.sqrt(differing - change * change / count) / count
    return change / count - spread, change / count + spread


def images_needed(accuracy: float, margin: float, level: float = LEVEL) -> int:
    """Images by which an accuracy is known to within a margin on either side.

    Args:
        accuracy: about, as a fraction of one.
        margin: half the width of the interval, likewise.
        level: of confidence.
    """
    low, high = 1, 1
    while _half_width(accuracy, high, level) > margin:
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        if _half_width(accuracy, middle, level) > margin:
            low = middle + 1
        else:
            high = middle
    return high


def _half_width(accuracy: float, total: int, level: float) -> float:
    z = _z(level)
    spread = z * math.sqrt(accuracy * (1 - accuracy) / total + (z / (2 * total)) ** 2)
    return spread / (1 + z * z / total)


def _z(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)
