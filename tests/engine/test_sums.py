"""What the product operations of the engine share."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.engine.sums import register_for, row_intervals
from fxcaps.ops.batch import Words
from fxcaps.ops.sums import partial_sums, weighted
from fxcaps.strategies import accumulators, formats
from fxcaps.types import Accumulator, Check, Format, Overflow


@given(st.data(), formats(1, 32))
def test_ranges_are_the_descriptors(data: st.DataObject, x: Format) -> None:
    """Given any weights and starts, then the range over arrays holds the exact ones."""
    rows, taps = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    words = st.integers(-(1 << 20), 1 << 20)
    weight = data.draw(
        st.lists(st.lists(words, min_size=taps, max_size=taps), min_size=rows, max_size=rows)
    )
    start = data.draw(st.lists(words, min_size=rows, max_size=rows))
    accumulator = data.draw(accumulators(8, 40, terms=taps))
    frac = accumulator.frac(8)
    exact = [
        partial_sums(accumulator, weighted(row, x), taps, frac=8, out=4, start=word)
        for word, row in zip(start, weight, strict=True)
    ]
    bias = Words(np.array(start), Format(True, 22, frac))
    found = row_intervals(accumulator, np.array(weight), bias, x, 8, 4)
    hull = min(low for low, _ in exact), max(high for _, high in exact)
    held = min(low for low, _ in found), max(high for _, high in found)
    assert (
        held == hull if accumulator == Accumulator() else held[0] <= hull[0] <= hull[1] <= held[1]
    )


@given(st.data(), formats(1, 32))
def test_ranges_of_rows_without_bias(data: st.DataObject, x: Format) -> None:
    """Given rows without starts, then the range is the hull of each row's, not of mixed ones."""
    rows, taps = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 5))
    words = st.integers(-(1 << 20), 1 << 20)
    weight = data.draw(
        st.lists(st.lists(words, min_size=taps, max_size=taps), min_size=rows, max_size=rows)
    )
    exact = [partial_sums(Accumulator(), weighted(row, x), taps, frac=8, out=4) for row in weight]
    found = row_intervals(Accumulator(), np.array(weight), None, x, 8, 4)
    hull = min(low for low, _ in exact), max(high for _, high in exact)
    assert (min(low for low, _ in found), max(high for _, high in found)) == hull


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
    out = Format(True, 8, 0)
    assert register_for(accumulator, [(-128, 5), (-3, 127)], 0, out).free is free
