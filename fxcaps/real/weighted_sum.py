"""weighted_sum in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.weighted_sum import WeightedSum
from fxcaps.real.values import Reals


def weighted_sum(params: WeightedSum, inputs: Reals) -> Reals:  # noqa: ARG001 - no formats here
    """`sum over i of c * votes` plus bias; shared couplings and biases repeat over capsules."""
    c, votes = inputs["c"], inputs["votes"]
    capsules = votes.shape[2]
    if c.shape[2] != capsules:
        c = np.tile(c, (1, 1, capsules // c.shape[2]))
    out = np.einsum("nij,nijd->njd", c, votes)
    if "bias" in inputs:
        bias = inputs["bias"]
        out += np.tile(bias, (capsules // bias.shape[0], 1))
    return {"out": out}
