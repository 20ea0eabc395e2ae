"""dense in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.dense import Dense
from fxcaps.real.values import Reals


def dense(params: Dense, inputs: Reals) -> Reals:
    """`x @ weight.T + bias`, none below zero with ReLU."""
    made = inputs["x"] @ inputs["weight"].T
    if "bias" in inputs:
        made = made + inputs["bias"]
    return {"out": np.maximum(made, 0.0) if params.relu else made}
