"""Calls of the linear operations between the layers of a network."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fxcaps.ops import Parameters, RescaleDouble, RescaleSingle, RescaleTosaDouble
from fxcaps.types import Format, Shape
from tests.support.cases.base import Case
from tests.support.strategies import formats, overflows, shapes, tensors

_INT32 = Format(True, 32, 0)


@st.composite
def channelled(draw: st.DrawFn) -> tuple[Shape, int]:
    """A shape and how many parameter entries fit it: one, or one for each channel."""
    shape = draw(shapes())
    count = shape[-1] if shape and shape[-1] and draw(st.booleans()) else 1
    return shape, count


@st.composite
def rescale(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
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


def _ends(format: Format) -> tuple[int, int]:
    return format.min, format.max
