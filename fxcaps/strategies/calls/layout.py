"""Calls of the movements."""

from __future__ import annotations

from hypothesis import strategies as st

from fxcaps.ops import Concat, Mask, Parameters, Reshape, Take, Transpose
from fxcaps.strategies.calls.case import Case
from fxcaps.strategies.words import formats, tensors


@st.composite
def layout(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of layout."""
    format = draw(formats(1, max_width))
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    axis = draw(st.integers(0, len(shape) - 1))
    inputs = {"x": draw(tensors(shape, format))}
    params: Parameters
    if algorithm == "reshape":
        params = Reshape(shape=draw(st.permutations(shape).map(tuple)))
    elif algorithm == "transpose":
        params = Transpose(axes=tuple(draw(st.permutations(range(len(shape))))))
    elif algorithm == "take":
        indices = draw(st.lists(st.integers(0, shape[axis] - 1), min_size=1, max_size=4))
        params = Take(axis=axis, indices=tuple(indices))
    elif algorithm == "mask":
        params = Mask(axis=axis, flatten=draw(st.booleans()))
        index = draw(formats(1, min(max_width, 4), st.just(0)))
        inputs["index"] = draw(tensors((), index))
    else:
        params = Concat(axis=axis)
        other = (*shape[:axis], draw(st.integers(0, 3)), *shape[axis + 1 :])
        inputs["y"] = draw(tensors(other, format))
    return Case(params, inputs, {"out": format})
