"""squash of the published Q7-CapsNets kernels."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from fxcaps.ops.squash_q7 import SquashQ7
from fxcaps.spec.arithmetic import narrow
from fxcaps.types import Format, Log, Tensor


def q7(
    params: SquashQ7,  # noqa: ARG001 - one signature for all
    vector: Sequence[int],
    frac: int,
    frac_out: int,
    log: Log,
    index: int,
) -> list[tuple[int, int]]:
    """SQ-14: s (isqrt(N) << (Fo - F)) / ((N >> F) + 2**F), the divisor floored as well."""
    squares = sum(word * word for word in vector)
    root = isqrt(squares) << frac_out - frac
    divisor = (squares >> frac) + (1 << frac)
    made = range(index, index + len(vector))
    log.note(made, "N", squares, 2 * frac)
    log.note(made, "root", root)
    log.note(made, "divisor", divisor, frac)
    return [(word * root, divisor) for word in vector]


def in_place(params: SquashQ7, x: Tensor, out: Format, log: Log) -> list[int]:
    """SQ-15: rows squashed one after another where their offsets, modulo 2**bits, point to."""
    bits, dim = params.row_offset_bits or 0, x.shape[-1]
    modes = params.rounding, params.overflow
    words, last = list(x.words), dict[int, tuple[int, int]]()
    for row in range(0, len(words), dim):
        start = row % (1 << bits)
        vector = words[start : start + dim]
        for offset, fraction in enumerate(q7(params, vector, x.format.frac, out.frac, Log(), 0)):
            place = start + offset
            last[place] = fraction
            words[place] = narrow(*fraction, out, *modes, Log(), place)
    # The events of a word are those of the last row that made it; a missed word has none.
    for place, fraction in sorted(last.items()):
        narrow(*fraction, out, *modes, log, place)
    return words
