"""The normative quantize."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.quantize import QUANTIZE, Quantize
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def quantize(
    params: Quantize, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Integers scaled by an exact rational; page `ops/quantize.md`."""
    # QU-1 guard
    QUANTIZE.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    # QU-2 read, compute: x * 2**-Fx * numerator / denominator, in steps of 2**-Fo
    shift = out.frac - x.format.frac
    values = [scaled(word * params.numerator, params.denominator, shift) for word in x.words]
    # QU-3 round, overflow
    words = [
        narrow(n, d, out, params.rounding, params.overflow, log, index)
        for index, (n, d) in enumerate(values)
    ]
    return {"out": Tensor(x.shape, out, words)}
