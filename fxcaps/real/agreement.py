"""agreement in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.agreement import Agreement
from fxcaps.real.values import Reals


def agreement(params: Agreement, inputs: Reals) -> Reals:  # noqa: ARG001 - no formats here
    """`votes (N, I, J, D) . v (N, J, D)` -> `(N, I, J)`."""
    return {"out": np.einsum("nijd,njd->nij", inputs["votes"], inputs["v"])}
