"""Calls of the operations on single words."""

from __future__ import annotations

from hypothesis import strategies as st

from fxcaps.ops import Add, Isqrt, Quantize, Requantize
from tests.support.cases.base import Case, narrowing
from tests.support.strategies import formats, near, overflows, shapes, tensors


@st.composite
def quantize(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    scale = st.just(1) | st.integers(1, 300) | st.integers(1, 1 << 40)
    params = Quantize(
        numerator=draw(scale), denominator=draw(st.just(255) | scale), **narrowing(draw, out)
    )
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


@st.composite
def requantize(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    params = Requantize(**narrowing(draw, out))
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


@st.composite
def add(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    a = draw(formats(1, max_width))
    b = draw(formats(1, max_width, near(a.frac, max_width)))
    out = draw(formats(1, max_width, near(max(a.frac, b.frac), max_width)))
    shape = draw(shapes())
    inputs = {"a": draw(tensors(shape, a)), "b": draw(tensors(shape, b))}
    return Case(Add(**narrowing(draw, out)), inputs, {"out": out})


@st.composite
def isqrt(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    x = draw(formats(1, max_width, signed=draw(st.sampled_from([None, False, False]))))
    out = draw(formats(1, max_width, near(x.frac // 2, max_width)))
    params = Isqrt(overflow=draw(overflows(out)))
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})
