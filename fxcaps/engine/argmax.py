"""argmax over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.values import Inputs, begin, holds, magnitude, no_events, undecided
from fxcaps.ops.argmax import ARGMAX, ArgmaxSquares, ArgmaxSticky, ArgmaxWords
from fxcaps.ops.batch import Result
from fxcaps.types import Format


def argmax(
    params: ArgmaxWords | ArgmaxSquares | ArgmaxSticky,
    inputs: Inputs,
    formats: Mapping[str, Format],
) -> Result:
    """First indices of the largest; equal to `fxcaps.spec.argmax`."""
    batch, shapes = begin(ARGMAX, params, inputs, formats)
    x = inputs["x"]
    scores = x.array
    if isinstance(params, ArgmaxSquares):
        if not holds(x.array.shape[-1] * magnitude(x.format) ** 2):
            return undecided(batch, shapes)
        scores = np.einsum("...d,...d->...", x.array, x.array, dtype=np.int64)
    words = scores.argmax(axis=-1).astype(np.int64)  # the first of equals, as NumPy promises
    if isinstance(params, ArgmaxSticky):
        _keep(params.initial, scores, words)
    nothing = np.zeros(batch, np.bool_)
    return Result({"out": words}, {"out": no_events(batch)}, nothing)


def _keep(initial: int, scores: Ints, words: Ints) -> None:
    """Let indices `(..., T)` stay at the one before where it is a largest score, too."""
    before = np.full(words.shape[:-1], initial, np.int64)
    for t in range(words.shape[-1]):
        group, first = scores[..., t, :], words[..., t]
        kept = np.take_along_axis(group, before[..., None], -1)[..., 0] == group.max(axis=-1)
        before = np.where(kept, before, first)
        words[..., t] = before
