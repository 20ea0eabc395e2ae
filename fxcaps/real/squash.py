"""squash in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.parameters import Parameters
from fxcaps.real.values import Reals


def squash(params: Parameters, inputs: Reals) -> Reals:  # noqa: ARG001 - one real function
    """`s |s| / (1 + |s|**2)` along the last axis (Sabour et al. 2017, equation 1)."""
    x = inputs["x"]
    squares = np.square(x).sum(axis=-1, keepdims=True)
    return {"out": x * (np.sqrt(squares) / (1.0 + squares))}
