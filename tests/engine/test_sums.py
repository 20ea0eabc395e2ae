"""What the product operations of the engine share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.engine.sums import register_for, weight_intervals
from fxcaps.ops.operation import weighted_interval
from fxcaps.types import Accumulator, Check, Format, Overflow
from tests.support.strategies import formats


@given(st.data(), formats(1, 32))
def test_ranges_are_the_descriptors(data: st.DataObject, x: Format) -> None:
    """Given any weights and starts, then the range over arrays is the hull of the exact ones."""
    rows, taps = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    words = st.integers(-(1 << 20), 1 << 20)
    weight = data.draw(
        st.lists(st.lists(words, min_size=taps, max_size=taps), min_size=rows, max_size=rows)
    )
    start = data.draw(st.lists(words, min_size=rows, max_size=rows))
    exact = [weighted_interval(s, row, x) for s, row in zip(start, weight, strict=True)]
    found = weight_intervals(np.array(weight), np.array(start), x)
    assert found == [(min(low for low, _ in exact), max(high for _, high in exact))]


@pytest.mark.parametrize(
    ("accumulator", "free"),
    [
        (Accumulator(), True),
        (Accumulator(format=Format(True, 8, 0)), True),
        (Accumulator(format=Format(True, 7, 0)), False),
        (Accumulator(format=Format(False, 8, 0)), False),
        (Accumulator(format=Format(True, 8, 0), check=Check.PER_STEP), True),
        (
            Accumulator(
                format=Format(True, 8, 0),
                check=Check.FINAL,
                overflow=Overflow.SATURATE_SYMMETRIC,
            ),
            False,
        ),
    ],
)
def test_a_proven_register_is_free(accumulator: Accumulator, *, free: bool) -> None:
    """Given sums within -128..127, then a register is watched unless it keeps all of them."""
    assert register_for(accumulator, [(-128, 5), (-3, 127)], 0).free is free
