"""Calls of the operations on vectors."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from fxcaps.ops import OPERATIONS, ArgmaxSquares, ArgmaxSticky, ArgmaxWords, Length
from fxcaps.strategies.calls.case import Case, narrowing
from fxcaps.strategies.calls.softmax import softmax_params
from fxcaps.strategies.registers import accumulators
from fxcaps.strategies.words import (
    formats,
    logit_formats,
    near,
    shapes,
    tensors,
    words,
)
from fxcaps.types import Format, Shape, Tensor


@st.composite
def argmax(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of argmax."""
    x = draw(formats(1, max_width))
    count = draw(st.integers(1, 5))
    lead = draw(shapes(2))
    if algorithm == "sticky":
        initial = draw(st.integers(0, count - 1))
        return draw(
            _sticky(ArgmaxSticky(initial=initial), x, (*lead, draw(st.integers(0, 6)), count))
        )
    shape = (*lead, count) if algorithm == "words" else (*lead, count, draw(st.integers(1, 3)))
    params = ArgmaxWords() if algorithm == "words" else ArgmaxSquares()
    out = OPERATIONS["argmax"].fixed_formats(params, {"x": shape})
    return Case(params, {"x": draw(tensors(shape, x))}, out)


@st.composite
def _sticky(draw: st.DrawFn, params: ArgmaxSticky, x: Format, shape: Shape) -> Case:
    """Words of few kinds, so that many are equal."""
    few = draw(st.lists(words(x), min_size=1, max_size=3))
    size = math.prod(shape)
    drawn = draw(st.lists(st.sampled_from(few), min_size=size, max_size=size))
    out = OPERATIONS["argmax"].fixed_formats(params, {"x": shape})
    return Case(params, {"x": Tensor(shape, x, drawn)}, out)


@st.composite
def length(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of length."""
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    inputs = {"x": draw(tensors(draw(shapes(vectors=True)), x))}
    register = draw(accumulators(2 * x.frac, 2 * max_width, biased=False, inner=True))
    params = Length(accumulator=register, **narrowing(draw, out))
    return Case(params, inputs, {"out": out})


@st.composite
def softmax(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of softmax."""
    x = draw(logit_formats(max_width))
    out = draw(formats(1, max_width))
    params = draw(softmax_params(algorithm, x, out))
    return Case(params, {"x": draw(tensors(draw(shapes(2, vectors=True)), x))}, {"out": out})
