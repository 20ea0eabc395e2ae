"""argmax in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.argmax import ArgmaxSquares, ArgmaxSticky, ArgmaxWords
from fxcaps.real.values import Reals


def argmax(params: ArgmaxWords | ArgmaxSquares | ArgmaxSticky, inputs: Reals) -> Reals:
    """The first index of the largest value or longest vector, as a float; `sticky` keeps its."""
    x = inputs["x"]
    scores = np.square(x).sum(axis=-1) if isinstance(params, ArgmaxSquares) else x
    found = scores.argmax(axis=-1)
    if isinstance(params, ArgmaxSticky):
        before = np.full(found.shape[:-1], params.initial)
        for t in range(found.shape[-1]):
            kept = np.take_along_axis(scores[..., t, :], before[..., None], -1)[..., 0]
            before = np.where(kept == scores[..., t, :].max(axis=-1), before, found[..., t])
            found[..., t] = before
    return {"out": found.astype(np.float64)}
