"""Calls of the linear operations between the layers of a network."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fxcaps.ops import (
    Affine,
    Dense,
    Parameters,
    Relu,
    RescaleDouble,
    RescaleSingle,
    RescaleTosaDouble,
)
from fxcaps.strategies.calls.case import Case, bias, narrowing, summing
from fxcaps.strategies.words import formats, near, overflows, shapes, tensors
from fxcaps.types import Format, Shape

_INT32 = Format(True, 32, 0)


@st.composite
def channelled(draw: st.DrawFn) -> tuple[Shape, int]:
    """A shape and how many parameter entries fit it: one, or one for each channel."""
    shape = draw(shapes())
    count = shape[-1] if shape and shape[-1] and draw(st.booleans()) else 1
    return shape, count


@st.composite
def rescale(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of rescale."""
    cls: Any = {"single": RescaleSingle, "double": RescaleDouble}.get(algorithm, RescaleTosaDouble)
    shape, count = draw(channelled())
    least = cls.least_shift
    by = st.integers(least, 12) | st.sampled_from([30, 31, 32, 33]) | st.integers(least, 62)
    shift = draw(st.lists(by, min_size=count, max_size=count))
    widest = max_width if algorithm == "single" else min(max_width, 31)
    if algorithm == "double":
        widest = min(widest, max(1, min(shift)))
    x = draw(formats(1, widest))
    out = draw(formats(1, max_width, st.just(x.frac)))
    large = st.sampled_from([_INT32.max, _INT32.max - 1, 1 << 30, (1 << 30) + 1, -(1 << 30)])
    factors = large | st.just(_INT32.min) | st.integers(-9, 9) | st.integers(*_ends(_INT32))
    factors = factors.filter(lambda value: value >= cls.least_multiplier)
    params: Parameters = cls(
        multiplier=tuple(draw(st.lists(factors, min_size=count, max_size=count))),
        shift=tuple(shift),
        overflow=draw(overflows(out)),
    )
    return Case(params, {"x": draw(tensors(shape, x))}, {"out": out})


@st.composite
def ratios(draw: st.DrawFn, count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Numerators and denominators: small ones, powers of two, doubles, and very wide ones."""
    small = st.tuples(st.integers(-9, 9), st.integers(1, 9))
    doubles = st.floats(-8.0, 8.0, allow_subnormal=False).map(float.as_integer_ratio)
    wide = st.tuples(st.integers(-(1 << 90), 1 << 90), st.integers(1, 1 << 90))
    drawn = draw(st.lists(small | doubles | wide, min_size=count, max_size=count))
    return tuple(n for n, _ in drawn), tuple(d for _, d in drawn)


@st.composite
def affine(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of affine."""
    shape, count = draw(channelled())
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    (scales, scale_by), (offsets, offset_by) = draw(ratios(count)), draw(ratios(count))
    params = Affine(
        scale_numerator=scales,
        scale_denominator=scale_by,
        offset_numerator=offsets,
        offset_denominator=offset_by,
        relu=draw(st.booleans()),
        **narrowing(draw, out),
    )
    return Case(params, {"x": draw(tensors(shape, x))}, {"out": out})


@st.composite
def dense(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of dense."""
    x, weight = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = x.frac + weight.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    shape = draw(shapes(vectors=True))
    rows = (draw(st.integers(1, 4)), shape[-1])
    inputs = {"x": draw(tensors(shape, x)), "weight": draw(tensors(rows, weight))}
    sums = summing(draw, out, frac, max_width, terms=shape[-1])
    inputs |= draw(bias(rows[:1], sums["accumulator"].frac(frac), max_width))
    params = Dense(relu=draw(st.booleans()), **sums)
    return Case(params, inputs, {"out": out})


@st.composite
def relu(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of relu."""
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    params = Relu(**narrowing(draw, out))
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


def _ends(format: Format) -> tuple[int, int]:
    return format.min, format.max
