"""The normative add."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.add import ADD, Add
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def add(
    params: Add, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """The sum of two tensors, rounded once; page `ops/add.md`."""
    # AD-1 guard
    ADD.guard(params, signatures(inputs), formats)
    a, b, out = inputs["a"], inputs["b"], formats["out"]
    # AD-2 read, align to the larger fraction, add exactly
    frac = max(a.format.frac, b.format.frac)
    up_a, up_b = frac - a.format.frac, frac - b.format.frac
    sums = [(p << up_a) + (q << up_b) for p, q in zip(a.words, b.words, strict=True)]
    # AD-3 round, overflow
    words = []
    for index, total in enumerate(sums):
        n, d = scaled(total, 1, out.frac - frac)
        words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(a.shape, out, words)}
