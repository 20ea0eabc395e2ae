"""rescale on the engine: exhaustive at small widths, and the ends of 32 bits."""

from __future__ import annotations

from typing import Any

import pytest

from fxcaps.ops import RescaleDouble, RescaleSingle, RescaleTosaDouble
from fxcaps.strategies import Case
from fxcaps.types import Format, Overflow, Tensor
from tests.engine.batches import assert_equal

ALGORITHMS = [RescaleSingle, RescaleDouble, RescaleTosaDouble]
FACTORS = (0, 1, 3, (1 << 30) - 1, 1 << 30, (1 << 31) - 1, -1, -5, -(1 << 31))


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("cls", ALGORITHMS)
def test_every_word_and_shift(cls: Any, overflow: Overflow) -> None:
    """Given all small words and every shift, when scaled, then as the specification."""
    out = Format(True, 3, 2)
    for shift in range(cls.least_shift, 63):
        x = Format(True, min(5, shift + 1), 2)
        for factor in FACTORS:
            if factor < cls.least_multiplier:
                continue
            params = cls(multiplier=(factor,), shift=(shift,), overflow=overflow)
            words = range(x.min, x.max + 1)
            images = [Case(params, {"x": Tensor((1,), x, [word])}, {"out": out}) for word in words]
            decided = assert_equal("rescale", images)
            assert decided == len(words) or overflow is Overflow.REJECT


@pytest.mark.parametrize("cls", ALGORITHMS)
def test_ends_of_the_register(cls: Any) -> None:
    """Given the largest words and multipliers, when scaled, then nothing leaves 64 bits."""
    x, out = Format(True, 32, 0), Format(True, 32, 0)
    ends = [x.min, x.min + 1, -(1 << 30) - 1, -1, 0, 1, 1 << 30, x.max - 1, x.max]
    for shift in (31, 32, 33, 45, 61, 62):
        for factor in FACTORS:
            if factor >= cls.least_multiplier:
                params = cls(multiplier=(factor,), shift=(shift,))
                called = Case(params, {"x": Tensor((9,), x, ends)}, {"out": out})
                assert assert_equal("rescale", [called]) == 1


def test_wider_products_are_left_open() -> None:
    """Given 48-bit words, when scaled, then narrow multipliers are decided, wide ones left."""
    x = Format(True, 48, 0)
    for factor, decided in ((1 << 14, 1), ((1 << 15) + 1, 0)):
        params = RescaleSingle(multiplier=(factor,), shift=(20,))
        words = Tensor((3,), x, [x.min, -1, x.max])
        called = Case(params, {"x": words}, {"out": Format(True, 32, 0)})
        assert assert_equal("rescale", [called]) == decided
