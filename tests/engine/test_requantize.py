"""requantize on the engine: exhaustive at small widths."""

from __future__ import annotations

import itertools

import pytest

from fxcaps.ops import Requantize
from fxcaps.strategies import Case
from fxcaps.types import Format, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal

pytestmark = pytest.mark.exhaustive

FORMATS = [Format(True, 5, 2), Format(False, 5, 3), Format(True, 1, 0), Format(True, 3, -2)]
OUTPUTS = [Format(True, 4, 0), Format(False, 3, 0), Format(True, 2, 0)]
SHIFTS = (-3, -1, 0, 1, 2, 4, 5, 6, 62, 63, 64, 80)


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("rounding", Rounding)
def test_every_word_and_shift(rounding: Rounding, overflow: Overflow) -> None:
    """Given all words of small formats, when shifted by anything, then as the specification."""
    for x, out, shift in itertools.product(FORMATS, OUTPUTS, SHIFTS):
        words = list(range(x.min, x.max + 1))
        target = Format(out.signed, out.width, x.frac - shift)
        params = Requantize(rounding=rounding, overflow=overflow)
        images = [Case(params, {"x": Tensor((1,), x, [word])}, {"out": target}) for word in words]
        decided = assert_equal("requantize", images)
        assert decided == len(words) or overflow is Overflow.REJECT
