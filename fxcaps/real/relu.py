"""relu in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.relu import Relu
from fxcaps.real.values import Reals


def relu(params: Relu, inputs: Reals) -> Reals:  # noqa: ARG001 - no formats here
    """`max(x, 0)`."""
    return {"out": np.maximum(inputs["x"], 0.0)}
