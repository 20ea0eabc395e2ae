"""The normative relu."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.relu import RELU, Relu
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def relu(
    params: Relu, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """The larger of a word and zero, moved to another format; page `ops/relu.md`."""
    # RE-1 guard
    RELU.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    # RE-2 read, compute: before any rounding, so that a zero is exact
    shift = out.frac - x.format.frac
    values = [scaled(max(word, 0), 1, shift) for word in x.words]
    # RE-3 round, overflow
    words = [
        narrow(n, d, out, params.rounding, params.overflow, log, index)
        for index, (n, d) in enumerate(values)
    ]
    return {"out": Tensor(x.shape, out, words)}
