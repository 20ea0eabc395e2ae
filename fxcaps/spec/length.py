"""The normative length."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.length import LENGTH, Length
from fxcaps.spec.arithmetic import narrow, root_quarters
from fxcaps.spec.squares import sum_of_squares
from fxcaps.types import QUARTERS, Format, Log, Tensor, signatures


def length(
    params: Length, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Correctly rounded Euclidean lengths; page `ops/length.md`."""
    # LE-1 guard
    shape = LENGTH.guard(params, signatures(inputs), formats)["out"]
    x, out = inputs["x"], formats["out"]
    dim = x.shape[-1]
    shift = out.frac - x.format.frac
    words: list[int] = []
    for index in range(len(x.words) // dim):
        # LE-2 read, sum the squares
        vector = x.words[index * dim : (index + 1) * dim]
        squares = sum_of_squares(vector, x.format.frac, params.accumulator, log, index, 1)
        # LE-3 compute: sqrt(squares) * 2**shift
        quarters = root_quarters(squares << 2 * max(shift, 0), 1 << max(-shift, 0))
        log.note(range(index, index + 1), QUARTERS, quarters)
        # LE-4 round, overflow
        words.append(narrow(quarters, 4, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(shape, out, words)}
