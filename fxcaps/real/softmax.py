"""softmax in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.parameters import Parameters
from fxcaps.ops.softmax_power import SoftmaxB2
from fxcaps.ops.softmax_q7 import SoftmaxQ7
from fxcaps.real.values import Reals


def softmax(params: Parameters, inputs: Reals) -> Reals:
    """`exp(x) / sum exp(x)` along the last axis, the largest subtracted first.

    The base is 2 in `b2` and in `q7`, which is for logits without fraction bits.
    """
    x = inputs["x"]
    power = np.exp2 if isinstance(params, SoftmaxB2 | SoftmaxQ7) else np.exp
    powers = power(x - x.max(axis=-1, keepdims=True))
    return {"out": powers / powers.sum(axis=-1, keepdims=True)}
