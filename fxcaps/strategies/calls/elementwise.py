"""Calls of the operations on single words."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from fxcaps.ops import (
    Add,
    AddLanes,
    AddShift,
    Arithmetic,
    DivideExact,
    DivideReciprocal,
    Isqrt,
    Quantize,
    Requantize,
    SigmoidExact,
    SigmoidLut,
    ZeroDivisor,
)
from fxcaps.strategies.calls.case import Case, narrowing
from fxcaps.strategies.words import (
    formats,
    logit_formats,
    near,
    overflows,
    roundings,
    shapes,
    tensors,
    words,
)
from fxcaps.types import Format, Tensor


@st.composite
def quantize(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of quantize."""
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    scale = st.just(1) | st.integers(1, 300) | st.integers(1, 1 << 40)
    params = Quantize(
        numerator=draw(scale), denominator=draw(st.just(255) | scale), **narrowing(draw, out)
    )
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


@st.composite
def requantize(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of requantize."""
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    params = Requantize(**narrowing(draw, out))
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


@st.composite
def add(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of add."""
    a = draw(formats(1, max_width))
    b = draw(formats(1, max_width, near(a.frac, max_width)))
    out = draw(formats(1, max_width, near(max(a.frac, b.frac), max_width)))
    params = draw(add_params(algorithm, out))
    extents = st.lists(st.integers(0, 6), min_size=2, max_size=3).map(tuple)
    shape = draw(extents if algorithm == "lanes" else shapes())
    inputs = {"a": draw(tensors(shape, a)), "b": draw(tensors(shape, b))}
    return Case(params, inputs, {"out": out})


@st.composite
def add_params(draw: st.DrawFn, algorithm: str, out: Format, *, reject: bool = True) -> Add:
    """Parameters of add for tensors of at least two axes."""
    modes = narrowing(draw, out, reject=reject)
    shift = st.integers(0, 9) | st.integers(0, 31)
    if algorithm == "shift":
        return AddShift(shift=draw(shift), **modes)
    if algorithm != "lanes":
        return Add(**modes)
    return AddLanes(
        lanes=draw(st.integers(1, 5)),
        lane_width=draw(st.just(8) | st.integers(1, 12) | st.integers(1, 80)),
        lane_axis=draw(st.integers(-2, -1)),
        shift=draw(st.none() | shift),
        **modes,
    )


@st.composite
def divide(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of divide."""
    a = draw(formats(1, max_width))
    b = draw(formats(1, max_width, near(a.frac, max_width)))
    out = draw(formats(1, max_width, near(a.frac - b.frac + draw(st.integers(0, 8)), max_width)))
    zero = draw(st.sampled_from(ZeroDivisor))
    modes = narrowing(draw, out) | {"zero_divisor": zero}
    modes |= {"zero_word": draw(words(out))} if zero is ZeroDivisor.CONSTANT else {}
    params: DivideExact | DivideReciprocal = DivideExact(**modes)
    if algorithm == "reciprocal":
        inner = draw(formats(1, max_width, st.integers(0, 8).map(lambda more: more - b.frac)))
        params = DivideReciprocal(
            reciprocal=inner,
            reciprocal_rounding=draw(roundings()),
            reciprocal_overflow=draw(overflows(inner)),
            **modes,
        )
    shape = draw(shapes())
    divisors = tensors(shape, b)
    if zero is ZeroDivisor.REJECT and draw(st.integers(0, 3)):
        divisors = divisors.map(
            lambda t: Tensor(t.shape, t.format, [word or t.format.min or 1 for word in t.words])
        )
    inputs = {"a": draw(tensors(shape, a)), "b": draw(divisors)}
    return Case(params, inputs, {"out": out})


@st.composite
def isqrt(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of isqrt."""
    x = draw(formats(1, max_width, signed=draw(st.sampled_from([None, False, False]))))
    out = draw(formats(1, max_width, near(x.frac // 2, max_width)))
    params = Isqrt(overflow=draw(overflows(out)))
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


@st.composite
def sigmoid(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of sigmoid."""
    x = draw(logit_formats(max_width))
    out = draw(formats(1, max_width))
    params: SigmoidExact | SigmoidLut = SigmoidExact(**narrowing(draw, out))
    if algorithm == "lut":
        params = replace(SigmoidLut.fit(x, out, Arithmetic()), **narrowing(draw, out))
        if draw(st.integers(0, 2)):
            frac = draw(st.integers(0, 20))
            word = st.integers(0, 1 << frac)
            params = replace(
                params,
                table=tuple(draw(st.lists(word, min_size=1, max_size=12))),
                index_frac=draw(near(x.frac)),
                table_frac=frac,
            )
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})
