"""Confidence intervals, against published values and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from fxcaps.allocate import accuracy_interval, images_needed, paired_interval


@pytest.mark.parametrize(
    ("correct", "total", "interval"),
    [
        # Newcombe 1998, table I, method 3
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_wilson(correct: int, total: int, interval: tuple[float, float]) -> None:
    """Given published examples, when computed, then the published intervals, and mirrored."""
    assert accuracy_interval(correct, total) == pytest.approx(interval, abs=5e-5)
    low, high = accuracy_interval(total - correct, total)
    assert (1 - high, 1 - low) == pytest.approx(interval, abs=5e-5)


@pytest.mark.parametrize("accuracy", [0.9, 0.99, 0.997])
@pytest.mark.parametrize("margin", [0.01, 0.002])
def test_images_needed_are_the_fewest(accuracy: float, margin: float) -> None:
    """Given a margin, when images are counted, then one fewer does not do."""
    needed = images_needed(accuracy, margin)
    for total, enough in ((needed, True), (needed - 1, False)):
        assert (_width(accuracy, total) / 2 <= margin) is enough


def _width(accuracy: float, total: int) -> float:
    low, high = accuracy_interval(accuracy * total, total)  # type: ignore[arg-type]
    return high - low


def test_paired_intervals_hold_their_level() -> None:
    """Given classifiers that differ by known shares, when drawn often, then most intervals hold."""
    random = np.random.default_rng(1)
    total, lost, gained = 1000, 0.012, 0.005
    draws = random.multinomial(total, [lost, gained, 1 - lost - gained], 3000)
    held = 0
    for a, b, _ in draws:
        low, high = paired_interval(int(a), int(b), total)
        held += low <= lost - gained <= high
    assert 0.935 < held / 3000 < 0.975
    assert paired_interval(0, 0, 1000)[0] < 0 < paired_interval(0, 0, 1000)[1]
