"""votes in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.votes import Votes
from fxcaps.real.values import Reals


def votes(params: Votes, inputs: Reals) -> Reals:  # noqa: ARG001 - no formats here
    """`u (N, I, D_in)`, `weight (Iw, J, D_out, D_in)` -> `(N, I, J, D_out)`."""
    u, weight = inputs["u"], inputs["weight"]
    count = u.shape[1]
    matrices, capsules, dim_out, dim_in = weight.shape
    rows = weight.reshape(matrices, capsules * dim_out, dim_in)
    if matrices < count:
        rows = np.tile(rows, (count // matrices, 1, 1))
    # One small matrix product an input capsule: (I, N, D_in) @ (I, D_in, J * D_out)
    products = u.transpose(1, 0, 2) @ rows.transpose(0, 2, 1)
    out = products.transpose(1, 0, 2).reshape(-1, count, capsules, dim_out)
    return {"out": np.ascontiguousarray(out)}
