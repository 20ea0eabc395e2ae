"""Wrong versions of votes."""

from __future__ import annotations

from math import prod
from typing import Any

from fxcaps.types import Log, Tensor
from tests.mutants.base import Formats, Mutant, Tensors, spec
from tests.mutants.sums import of


def _neighbours(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """Each shared matrix repeated for neighbouring capsules, not all of them as a whole."""
    capsules, weight = inputs["u"].shape[0], inputs["weight"]
    kept, size = weight.shape[0], prod(weight.shape[1:])
    words = [
        word for i in range(capsules) for word in weight.words[i * kept // capsules * size :][:size]
    ]
    whole = Tensor((capsules, *weight.shape[1:]), weight.format, words)
    return spec(params, dict(inputs) | {"weight": whole}, formats, log)


MUTANTS = (
    *of("u", "weight"),
    Mutant("shared matrices for neighbours", "AXIS_ORDER", _neighbours),
)
