"""squash in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.parameters import Parameters
from fxcaps.ops.squash import EpsilonAt, SquashExact
from fxcaps.real.values import Reals


def squash(params: Parameters, inputs: Reals) -> Reals:
    """`s |s| / (1 + |s|**2)` along the last axis (Sabour et al. 2017, equation 1).

    The approximations stand for the same function; only an epsilon makes another of it.
    """
    x = inputs["x"]
    squares = np.square(x).sum(axis=-1, keepdims=True)
    if isinstance(params, SquashExact) and params.epsilon[0]:
        epsilon = params.epsilon[0] / params.epsilon[1]
        if params.epsilon_at is EpsilonAt.SQUARES:
            squares = squares + epsilon
        else:
            root = params.epsilon_at is EpsilonAt.ROOT
            norm = np.sqrt(squares + epsilon) if root else np.sqrt(squares) + epsilon
            return {"out": x * (squares / (1.0 + squares) / norm)}
    return {"out": x * (np.sqrt(squares) / (1.0 + squares))}
