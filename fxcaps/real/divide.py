"""divide in float64."""

from __future__ import annotations

import numpy as np

from fxcaps.ops.parameters import Parameters
from fxcaps.real.values import Reals


def divide(params: Parameters, inputs: Reals) -> Reals:  # noqa: ARG001 - one real function
    """`a / b`; infinite or NaN where b is 0, whatever word stands there in integers."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"out": inputs["a"] / inputs["b"]}
