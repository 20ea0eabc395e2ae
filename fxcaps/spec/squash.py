"""The normative squash."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isqrt

from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.squash import SQUASH, SquashExact, SquashIsqrtDivide, SquashIsqrtFactor
from fxcaps.ops.squash_q7 import SquashQ7
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.spec.qcapsnets import root_stand_in
from fxcaps.spec.squares import by_factor, sum_of_squares
from fxcaps.spec.squash_epsilon import epsilon_stand_in
from fxcaps.spec.squash_lut import lut
from fxcaps.spec.squash_q7 import in_place, q7
from fxcaps.spec.squash_reconstruction import norm_factor, power_factor, shift
from fxcaps.types import QUARTERS, Format, Log, Tensor, signatures

Fractions = list[tuple[int, int]]
"""The components of one vector in output steps, as numerators and positive denominators."""


def squash(
    params: Narrowing,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
) -> dict[str, Tensor]:
    """Vectors shrunk to a length below one; page `ops/squash.md`."""
    # SQ-1 guard
    SQUASH.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    if isinstance(params, SquashQ7) and params.wraps(len(x.words)):  # SQ-15
        return {"out": Tensor(x.shape, out, in_place(params, x, out, log))}
    compute = _ALGORITHMS[params.algorithm]
    dim = x.shape[-1]
    # SQ-2 read: a negative fraction becomes zero by an exact left shift
    lift, frac = max(-x.format.frac, 0), max(x.format.frac, 0)
    words: list[int] = []
    for start in range(0, len(x.words), dim):
        vector = [word << lift for word in x.words[start : start + dim]]
        # SQ-3, SQ-4, SQ-7 to SQ-14 compute each component as a fraction of output steps
        fractions = compute(params, vector, frac, out.frac, log, start)
        # SQ-5 round, overflow
        for offset, (n, d) in enumerate(fractions):
            index = start + offset
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}


def _exact(
    params: SquashExact,
    vector: Sequence[int],
    frac: int,
    frac_out: int,
    log: Log,
    index: int,
) -> Fractions:
    """SQ-3: s sqrt(N) 2**Fo / (2**2F + N), as fractions that round like the real value."""
    squares = sum(word * word for word in vector)
    norm = (1 << 2 * frac) + squares
    up, down = max(frac_out, 0), max(-frac_out, 0)
    fractions = []
    for word in vector:
        if params.epsilon[0]:
            n, d = epsilon_stand_in(params, word, squares, frac, frac_out)
        else:
            # |s| sqrt(N) 2**Fo = sqrt(s**2 N 4**Fo): one root of an integer, exact comparisons
            square = word * word * squares << 2 * up
            n, d = root_stand_in(square, norm << down, params.rounding, frac_out)
        fractions.append((n if word >= 0 else -n, d))
    made = range(index, index + len(vector))
    log.note(made, "N", squares, 2 * frac)
    log.note(made, "divisor", norm, 2 * frac)
    log.note(made, QUARTERS, [n for n, _ in fractions])
    return fractions


def _isqrt_divide(
    params: SquashIsqrtDivide,
    vector: Sequence[int],
    frac: int,
    frac_out: int,
    log: Log,
    index: int,
) -> Fractions:
    """SQ-4: s isqrt(N 4**guard) 2**(Fo - guard) / (2**2F + N)."""
    # SQ-6 sum
    squares = sum_of_squares(vector, frac, params.accumulator, log, index, len(vector))
    root = isqrt(squares << 2 * params.guard)
    norm = (1 << 2 * frac) + squares
    made = range(index, index + len(vector))
    log.note(made, "root", root, frac + params.guard)
    log.note(made, "divisor", norm, 2 * frac)
    return [scaled(word * root, norm, frac_out - params.guard) for word in vector]


def _isqrt_factor(
    params: SquashIsqrtFactor,
    vector: Sequence[int],
    frac: int,
    frac_out: int,
    log: Log,
    index: int,
) -> Fractions:
    """SQ-7: s g 2**(Fo - F - Fg), g the narrowed isqrt(N 4**guard) 2**(F - guard + Fg) / D."""
    # SQ-6 sum
    squares = sum_of_squares(vector, frac, params.accumulator, log, index, len(vector))
    root = isqrt(squares << 2 * params.guard)
    format = params.factor_format
    n, d = scaled(root, (1 << 2 * frac) + squares, frac - params.guard + format.frac)
    modes = params.factor_rounding, params.factor_overflow
    factor = narrow(n, d, format, *modes, Log(), index, "factor of out")
    made = range(index, index + len(vector))
    log.note(made, "root", root, frac + params.guard)
    log.note(made, "factor", factor, format.frac)
    return by_factor(vector, factor, frac_out - frac - format.frac)


_ALGORITHMS: dict[str, Callable[..., Fractions]] = {
    "exact": _exact,
    "isqrt_divide": _isqrt_divide,
    "isqrt_factor": _isqrt_factor,
    "lut": lut,
    "shift_reconstruction": shift,
    "norm": norm_factor,
    "exp": power_factor,
    "pow2": power_factor,
    "q7": q7,
}
