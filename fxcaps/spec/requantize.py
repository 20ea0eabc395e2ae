"""The normative requantize."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.requantize import REQUANTIZE, Requantize
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def requantize(
    params: Requantize, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """A power-of-two move between formats; page `ops/requantize.md`."""
    # RQ-1 guard
    REQUANTIZE.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    # RQ-2 read, compute: a left shift is exact, a right shift leaves a fraction
    shift = out.frac - x.format.frac
    values = [scaled(word, 1, shift) for word in x.words]
    # RQ-3 round, overflow
    words = [
        narrow(n, d, out, params.rounding, params.overflow, log, index)
        for index, (n, d) in enumerate(values)
    ]
    return {"out": Tensor(x.shape, out, words)}
