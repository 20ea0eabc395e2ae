"""add over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.epilogue import finish, shifting
from fxcaps.engine.values import (
    Inputs,
    begin,
    holds,
    magnitude,
    rows_of,
    shift_words,
    single,
    undecided,
)
from fxcaps.ops.add import ADD, Add
from fxcaps.ops.batch import Result, Words
from fxcaps.types import Format


def add(params: Add, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """The sum of two tensors; equal to `fxcaps.spec.add`."""
    batch, shapes = begin(ADD, params, inputs, formats)
    a, b, out = inputs["a"], inputs["b"], formats["out"]
    frac = max(a.format.frac, b.format.frac)
    up_a, up_b = frac - a.format.frac, frac - b.format.frac
    shift = frac - out.frac
    bound = (magnitude(a.format) << up_a) + (magnitude(b.format) << up_b)
    if not holds(bound << max(-shift, 0)):
        return undecided(batch, shapes)
    epilogue = shifting(bound, shift, params, out)
    if epilogue is not None:
        sums = aligned(a, up_a) + aligned(b, up_b)
        return finish(sums, epilogue, params, out, shapes["out"])
    values = (rows_of(a) << up_a) + (rows_of(b) << up_b)
    words, events = shift_words(values, shift, out, params.rounding, params.overflow, a.first)
    return single(words, events, params.overflow, shapes["out"])


def aligned(words: Words, up: int) -> NDArray[np.int32]:
    """Rows of words shifted left by `up`, in 32 bits that hold them."""
    rows = words.array.reshape(len(words.array), -1).astype(np.int32)
    shifted: NDArray[np.int32] = rows << np.int32(up)
    return shifted
