"""argmax in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.argmax import ArgmaxSquares, ArgmaxWords
from fxcaps.real.values import Reals


def argmax(params: ArgmaxWords | ArgmaxSquares, inputs: Reals) -> Reals:
    """The first index of the largest value or longest vector, as a float."""
    x = inputs["x"]
    scores = np.square(x).sum(axis=-1) if isinstance(params, ArgmaxSquares) else x
    return {"out": scores.argmax(axis=-1).astype(np.float64)}
