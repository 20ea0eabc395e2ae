"""Wrong versions of conv2d."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fxcaps.ops import Conv2dPulp
from fxcaps.types import Format, Init, Log, Tensor
from tests.mutants.base import Formats, Mutant, Tensors, spec
from tests.mutants.sums import of


def _half_everywhere(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The pixel that is left over made like the others: with a bias of 0 it is."""
    if "bias" in inputs:
        return spec(params, inputs, formats, log)
    channels = inputs["weight"].shape[0]
    none = Tensor((channels,), Format(True, 8, 0), [0] * channels)
    return spec(params, dict(inputs) | {"bias": none}, formats, log)


def _half_nowhere(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    register = replace(params.accumulator, init=Init.BIAS)
    return spec(replace(params, accumulator=register), inputs, formats, log)


def _one_block(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """All rows on one core."""
    return spec(replace(params, cores=1), inputs, formats, log)


def _wide_argument(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """A ReLU that is given the whole sum."""
    return spec(replace(params, relu_width=64), inputs, formats, log)


def _halved(params: Any, _: Formats) -> bool:
    return isinstance(params, Conv2dPulp) and params.accumulator.init is Init.BIAS_AND_HALF


MUTANTS = (
    *of("x", "weight", biased=True),
    Mutant("half a step for the last pixel", "OPERATION_ORDER", _half_everywhere, _halved),
    Mutant("half a step for none", "OPERATION_ORDER", _half_nowhere, _halved),
    Mutant(
        "one block of rows", "AXIS_ORDER", _one_block, lambda p, _: _halved(p, _) and p.cores > 1
    ),
    Mutant(
        "argument of the ReLU as wide as the sum",
        "WRAP",
        _wide_argument,
        lambda p, _: _halved(p, _) and p.relu,
    ),
)
