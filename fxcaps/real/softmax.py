"""softmax in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.parameters import Parameters
from fxcaps.ops.softmax_power import SoftmaxB2
from fxcaps.real.values import Reals


def softmax(params: Parameters, inputs: Reals) -> Reals:
    """`exp(x) / sum exp(x)` along the last axis, the largest subtracted first; base 2 in `b2`."""
    x = inputs["x"]
    power = np.exp2 if isinstance(params, SoftmaxB2) else np.exp
    powers = power(x - x.max(axis=-1, keepdims=True))
    return {"out": powers / powers.sum(axis=-1, keepdims=True)}
