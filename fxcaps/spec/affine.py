"""The normative affine."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.affine import AFFINE, Affine
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def affine(
    params: Affine, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Scale and offset by exact rationals, rounded once; page `ops/affine.md`."""
    # AF-1 guard
    AFFINE.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    words: list[int] = []
    for index, word in enumerate(x.words):
        # AF-2 read: the last axis runs fastest; ReLU comes before the scale
        channel = index % params.channels
        scale = params.scale_numerator[channel], params.scale_denominator[channel]
        offset = params.offset_numerator[channel], params.offset_denominator[channel]
        n, d = scaled(max(word, 0) if params.relu else word, 1, -x.format.frac)
        # AF-3 compute: n / d * scale + offset, over one denominator, in steps of 2**-Fo
        n, d = n * scale[0] * offset[1] + offset[0] * d * scale[1], d * scale[1] * offset[1]
        n, d = scaled(n, d, out.frac)
        # AF-4 round, overflow
        words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}
