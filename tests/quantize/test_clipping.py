"""What bounds clip, and what that costs."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fxcaps.network import forward
from fxcaps.quantize import Clipping, Percentile, Split, calibrate, clipping, lower, to_words
from fxcaps.quantize.calibration import Observation
from fxcaps.quantize.clipping import clipping_of
from fxcaps.real import REAL
from fxcaps.types import Format, Reason
from tests.network.build import one_step_program, small_images, small_network
from tests.support.outcomes import Rejected, rejection_of

NETWORK, IMAGES = small_network(), small_images(60)
CALIBRATION = calibrate(NETWORK, IMAGES, REAL, splits={"primary": Split(0, 2)})


def test_the_report_is_of_every_value() -> None:
    """Given a Program that clips, when reported, then shares are exact, errors those of words."""
    program = lower(NETWORK, CALIBRATION, width=7, rule=Percentile(share=0.97))
    found = clipping(CALIBRATION, program)
    assert set(found) == set(program.tensors)
    (values,) = forward(NETWORK, IMAGES, REAL, batch=60)
    clipped = 0
    for name in ("conv", "primary.s", "digit.votes", "digit.s1"):
        entry, report = program.tensors[name], found[name]
        limit = 2.0 ** (entry.format.width - entry.format.signed - entry.format.frac)
        assert report.format == entry.format
        assert report.clipped == int((np.abs(values[name]) >= limit).sum())
        assert report.values == values[name].size
        clipped += report.clipped
        words = to_words(values[name], entry.format) * float(entry.format.step)
        noise = float(((words - values[name]) ** 2).mean())
        assert report.rounding_error + report.clipping_error == pytest.approx(noise, rel=0.3)
        assert report.sqnr == pytest.approx(
            10 * math.log10((values[name] ** 2).mean() / noise), abs=1.2
        )
        assert report.sqnr_unclipped >= report.sqnr
    assert clipped > 0
    weights = found["conv.weight"]
    assert (weights.values, weights.format) == (18, program.tensors["conv.weight"].format)


def test_a_bound_by_hand() -> None:
    """Given four values and a bound of one, when clipped, then three reach it at a known cost."""
    seen = Observation.of(np.array([0.5, -1.0, 1.0, 3.0]), "x")
    found = clipping_of(seen, Format.parse("s4f3"))
    assert (found.values, found.clipped, found.share) == (4, 3, 0.75)
    assert found.signal == pytest.approx((0.25 + 1 + 1 + 9) / 4, rel=0.04)
    # -1 is a word; 1 and 3 become 7/8
    assert found.clipping_error == pytest.approx((1 / 64 + 2.125**2) / 4, rel=0.1)


def test_ends_of_the_scale() -> None:
    """Given zeros, or no values, when reported, then decibels are infinite, not an error."""
    zeros = clipping_of(Observation.of(np.zeros(3), "x"), Format.parse("s4f3"))
    assert zeros == Clipping(Format.parse("s4f3"), 3, 0, 0.0, 0.0, 0.0)
    assert zeros.sqnr == math.inf
    assert Clipping(Format.parse("s4f3"), 0, 0, 1.0, 0.0, 0.0).sqnr == -math.inf
    assert clipping_of(Observation.of(np.zeros(0), "x"), Format.parse("s4f3")).share == 0.0


def test_a_foreign_program_is_named() -> None:
    """Given a Program of another network, when reported, then rejected."""
    assert rejection_of(lambda: clipping(CALIBRATION, one_step_program())) == Rejected(
        Reason.TENSOR_MISSING, "one-step has no tensor 'conv.weight': not of small"
    )
