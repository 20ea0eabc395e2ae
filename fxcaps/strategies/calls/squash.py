"""Calls of squash, and its parameters as a part of routing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from fxcaps.ops import (
    OPERATIONS,
    Arithmetic,
    EpsilonAt,
    OutOfRange,
    Parameters,
    SquashExact,
    SquashExp,
    SquashIsqrtDivide,
    SquashIsqrtFactor,
    SquashLut,
    SquashNorm,
    SquashPow2,
    SquashQ7,
    SquashShiftReconstruction,
    TableSource,
)
from fxcaps.strategies.calls.case import Case, narrowing
from fxcaps.strategies.registers import accumulators
from fxcaps.strategies.words import (
    formats,
    overflows,
    roundings,
    shapes,
    tensors,
    words,
)
from fxcaps.types import Format, Overflow

SQUASHES = [cls.algorithm for cls in OPERATIONS["squash"].algorithms]
"""Names of the algorithms of squash."""


def squashes(x: Format, out: Format) -> list[str]:
    """Those that take words of format `x` to `out`: shifts of the published kernels are legal."""
    legal = 0 <= x.frac <= 30 and 0 <= out.frac - x.frac <= 30
    return [name for name in SQUASHES if legal or name != "q7"]


@st.composite
def squash(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of squash."""
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width))
    if algorithm == "q7":
        return draw(_squash_q7(max_width))
    params = draw(squash_params(algorithm, x, out, max_width))
    return Case(params, {"x": draw(tensors(draw(shapes(2, vectors=True)), x))}, {"out": out})


@st.composite
def _squash_q7(draw: st.DrawFn, max_width: int) -> Case:
    """A call of the published kernel, its rows found by offsets of a few bits now and then."""
    x = draw(formats(1, max_width, st.integers(0, 8) | st.integers(0, 30)))
    more = draw(st.integers(0, 8) | st.integers(0, 30))
    bits = draw(st.none() | st.integers(1, 4) | st.integers(1, 70))
    out = draw(formats(1, max_width, st.just(x.frac + more)))
    if bits is not None:
        out = Format(x.signed, x.width, out.frac)
    params = SquashQ7(row_offset_bits=bits, **narrowing(draw, out))
    extents = st.lists(st.integers(0, 7), max_size=2)
    shape = (*draw(extents), draw(st.integers(1, 5)))
    return Case(params, {"x": draw(tensors(shape, x))}, {"out": out})


@st.composite
def squash_params(
    draw: st.DrawFn,
    algorithm: str,
    x: Format,
    out: Format,
    max_width: int,
    *,
    reject: bool = True,
) -> Parameters:
    """Parameters of squash for words of format `x` and `out`."""
    modes = narrowing(draw, out, reject=reject)
    if algorithm not in ("exact", "q7"):
        frac = 2 * max(x.frac, 0)
        modes["accumulator"] = draw(
            accumulators(frac, 2 * max_width + 3, biased=False, inner=True, reject=reject)
        )
    return _PARAMS[algorithm](draw, x, out, modes)


def _exact(draw: st.DrawFn, _x: Format, _out: Format, modes: dict[str, Any]) -> Parameters:
    usual = st.sampled_from([(1, 10**6), (1, 10**7), (1, 10**8), (1, 1), (3, 1 << 60)])
    any_ratio = st.tuples(st.integers(1, 1000), st.integers(1, 1000))
    epsilon = draw(st.just((0, 1)) | usual | any_ratio)
    return SquashExact(epsilon=epsilon, epsilon_at=draw(st.sampled_from(EpsilonAt)), **modes)


def _isqrt_divide(draw: st.DrawFn, _x: Format, _out: Format, modes: dict[str, Any]) -> Parameters:
    return SquashIsqrtDivide(guard=draw(st.integers(0, 12)), **modes)


def _isqrt_factor(draw: st.DrawFn, x: Format, out: Format, modes: dict[str, Any]) -> Parameters:
    fitted = SquashIsqrtFactor.fit(x, out, Arithmetic()).factor_format
    format = draw(st.just(fitted) | formats(1, 20))
    return SquashIsqrtFactor(
        guard=draw(st.integers(0, 12)),
        factor_format=format,
        factor_rounding=draw(roundings()),
        factor_overflow=draw(overflows(format, reject=modes["overflow"] is Overflow.REJECT)),
        **modes,
    )


def _lut(draw: st.DrawFn, x: Format, out: Format, modes: dict[str, Any]) -> Parameters:
    if draw(st.integers(0, 2)) == 0:
        return replace(SquashLut.fit(x, out, Arithmetic()), **modes)
    source = draw(st.sampled_from(TableSource))
    format = draw(formats(1, 16))
    table = draw(st.lists(words(format), min_size=1, max_size=12))
    steep = st.integers(-300, 300) | st.integers(-(1 << 20), 1 << 20)
    slopes = draw(st.just([]) | st.lists(steep, min_size=len(table), max_size=len(table)))
    rules = [rule for rule in OutOfRange if rule is not OutOfRange.REJECT]
    rejecting = modes["overflow"] is Overflow.REJECT
    return SquashLut(
        source=source,
        guard=0 if source is TableSource.SQUARES else draw(st.integers(0, 6)),
        offset=draw(st.just(0) | st.integers(-40, 40) | st.integers(-(1 << 20), 1 << 20)),
        shift=draw(st.integers(-2, 12) | st.integers(-2, 30)),
        out_of_range=draw(st.sampled_from(list(OutOfRange) if rejecting else rules)),
        table=tuple(table),
        table_format=format,
        slopes=tuple(slopes),
        slope_shift=draw(st.integers(-2, 20)),
        slope_rounding=draw(roundings()),
        **modes,
    )


def _shift(draw: st.DrawFn, _x: Format, _out: Format, modes: dict[str, Any]) -> Parameters:
    return SquashShiftReconstruction(offset=draw(st.integers(-4, 4)), **modes)


def _table(draw: st.DrawFn, format: Format) -> dict[str, Any]:
    table = draw(st.lists(words(format), min_size=1, max_size=12))
    shift = draw(st.integers(-2, 12) | st.integers(-2, 30))
    return {"table": tuple(table), "table_format": format, "shift": shift}


def _multiplier(draw: st.DrawFn) -> dict[str, Any]:
    multiplier = draw(st.integers(0, 9) | st.integers(0, 1 << 16))
    return {"multiplier": multiplier, "multiplier_shift": draw(st.integers(0, 16))}


def _norm(draw: st.DrawFn, x: Format, out: Format, modes: dict[str, Any]) -> Parameters:
    modes.pop("accumulator")
    if draw(st.integers(0, 2)) == 0:
        return replace(SquashNorm.fit(x, out, Arithmetic()), **modes)
    return SquashNorm(**_table(draw, draw(formats(1, 16))), **_multiplier(draw), **modes)


def _power(cls: type[SquashPow2]) -> Callable[..., Parameters]:
    def params(draw: st.DrawFn, x: Format, out: Format, modes: dict[str, Any]) -> Parameters:
        if draw(st.integers(0, 2)) == 0:
            return replace(cls.fit(x, out, Arithmetic()), **modes)
        fields = _table(draw, draw(formats(1, 16, st.integers(0, 20))))
        fields |= _multiplier(draw) if cls is SquashExp else {}
        guard = draw(st.integers(0, 6))
        threshold = draw(st.integers(0, 300) | st.integers(0, 1 << 24))
        return cls(guard=guard, threshold=threshold, **fields, **modes)

    return params


def _q7(_draw: st.DrawFn, _x: Format, _out: Format, modes: dict[str, Any]) -> Parameters:
    return SquashQ7(**modes)


_PARAMS: dict[str, Callable[..., Parameters]] = {
    "exact": _exact,
    "isqrt_divide": _isqrt_divide,
    "isqrt_factor": _isqrt_factor,
    "lut": _lut,
    "shift_reconstruction": _shift,
    "norm": _norm,
    "exp": _power(SquashExp),
    "pow2": _power(SquashPow2),
    "q7": _q7,
}
