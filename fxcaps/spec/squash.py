"""The normative squash."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import isqrt

from fxcaps.ops.squash import SQUASH, SquashExact, SquashIsqrtDivide
from fxcaps.spec.arithmetic import narrow, root_quarters, scaled
from fxcaps.types import QUARTERS, Format, Log, Tensor, signatures

Note = Callable[..., None]
"""`Log.note` for the words of one vector."""


def squash(
    params: SquashExact | SquashIsqrtDivide,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
) -> dict[str, Tensor]:
    """Vectors shrunk to a length below one; page `ops/squash.md`."""
    # SQ-1 guard
    SQUASH.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    dim = x.shape[-1]
    # SQ-2 read: a negative fraction becomes zero by an exact left shift
    lift, frac = max(-x.format.frac, 0), max(x.format.frac, 0)
    words: list[int] = []
    for start in range(0, len(x.words), dim):
        vector = [word << lift for word in x.words[start : start + dim]]
        note = partial(log.note, range(start, start + dim))
        # SQ-3, SQ-4 compute each component as a fraction of output steps
        if isinstance(params, SquashExact):
            fractions = _exact(vector, frac, out.frac, note)
        else:
            fractions = _isqrt_divide(vector, frac, out.frac, params.guard, note)
        # SQ-5 round, overflow
        for offset, (n, d) in enumerate(fractions):
            index = start + offset
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}


def _exact(vector: Sequence[int], frac: int, frac_out: int, note: Note) -> list[tuple[int, int]]:
    """SQ-3: s sqrt(N) 2**Fo / (2**2F + N), as quarters that round like the real value."""
    squares = sum(word * word for word in vector)
    norm = (1 << 2 * frac) + squares
    up, down = max(frac_out, 0), max(-frac_out, 0)
    quarters = []
    for word in vector:
        # |s| sqrt(N) 2**Fo = sqrt(s**2 N 4**Fo): one root of an integer, exact comparisons
        magnitude = root_quarters(word * word * squares << 2 * up, norm << down)
        quarters.append(magnitude if word >= 0 else -magnitude)
    note("N", squares, 2 * frac)
    note("divisor", norm, 2 * frac)
    note(QUARTERS, quarters)
    return [(quarter, 4) for quarter in quarters]


def _isqrt_divide(
    vector: Sequence[int], frac: int, frac_out: int, guard: int, note: Note
) -> list[tuple[int, int]]:
    """SQ-4: s isqrt(N 4**guard) 2**(Fo - guard) / (2**2F + N)."""
    squares = sum(word * word for word in vector)
    root = isqrt(squares << 2 * guard)
    norm = (1 << 2 * frac) + squares
    note("N", squares, 2 * frac)
    note("root", root, frac + guard)
    note("divisor", norm, 2 * frac)
    return [scaled(word * root, norm, frac_out - guard) for word in vector]
