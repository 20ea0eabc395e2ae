"""softmax in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.parameters import Parameters
from fxcaps.real.values import Reals


def softmax(params: Parameters, inputs: Reals) -> Reals:  # noqa: ARG001 - one real function
    """`exp(x) / sum exp(x)` along the last axis, the largest subtracted first."""
    x = inputs["x"]
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return {"out": powers / powers.sum(axis=-1, keepdims=True)}
