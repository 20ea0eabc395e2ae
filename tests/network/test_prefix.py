"""Programs that begin alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fxcaps.network import Program, run
from fxcaps.network.prefix import live_after, prefix_keys, run_on
from fxcaps.quantize import calibrate, lower
from fxcaps.real import REAL
from tests.network.build import ON_ENGINE, small_images, small_network

NETWORK = small_network()
CALIBRATION = calibrate(NETWORK, small_images(8, seed=2), REAL)
IMAGES = small_images(6)
STEPS = [step.name for step in NETWORK.steps]


def program(**widths: int) -> Program:
    """A Program of 6 bits but for some tensors, whose dots are written as underscores."""
    named = {name.replace("_", "."): width for name, width in widths.items()}
    return lower(NETWORK, CALIBRATION, width={"*": 6} | named)


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"image": 5}, "image"),
        ({"conv_weight": 5}, "conv"),
        ({"conv_bias": 5}, "conv"),
        ({"conv": 5}, "conv"),
        ({"primary": 5}, "primary"),
        ({"digit_weight": 5}, "votes"),
        ({"digit_s1": 5}, "digit"),
        ({"length": 5}, "length"),
    ],
)
def test_keys_differ_from_the_change_on(change: dict[str, int], first: str) -> None:
    """Given one width changed, when keys are compared, then they differ from its step on."""
    one, other = prefix_keys(program()), prefix_keys(program(**change))
    same = [a == b for a, b in zip(one, other, strict=True)]
    assert same == [k < STEPS.index(first) for k in range(len(STEPS))]


def test_keys_are_the_same_for_equal_programs() -> None:
    """Given a Program made twice, when keys are compared, then all are equal."""
    assert prefix_keys(program()) == prefix_keys(program())


@pytest.mark.parametrize("cut", range(len(STEPS)))
def test_running_on_gives_the_same_words(cut: int) -> None:
    """Given a run cut after any step, when run on, then the words are those of a whole run."""
    made = program()
    whole = run(made, IMAGES, ON_ENGINE).words
    given = {"pixels": IMAGES}
    head = run_on(made, given, range(cut + 1), ON_ENGINE, wanted=made.outputs)
    assert tuple(sorted(head)) == tuple(sorted(live_after(made, cut, made.outputs)))
    narrow: dict[str, Any] = {name: words.astype(np.int32) for name, words in head.items()}
    tail = run_on(made, narrow, range(cut + 1, len(STEPS)), ON_ENGINE, wanted=made.outputs)
    assert {name: words.tolist() for name, words in tail.items()} == {
        name: words.tolist() for name, words in whole.items()
    }


def test_what_is_alive() -> None:
    """Given a schedule, when asked what later steps read, then that and what is wanted."""
    made = program()
    assert live_after(made, -1) == ("pixels",)
    assert live_after(made, STEPS.index("primary.conv")) == ("primary.maps",)
    assert live_after(made, STEPS.index("length"), ("class",)) == ("length",)
    assert live_after(made, len(STEPS) - 1, ("class",)) == ("class",)
