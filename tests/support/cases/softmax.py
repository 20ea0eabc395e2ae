"""Parameters of softmax by any of its algorithms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from fxcaps.ops import (
    Arithmetic,
    Parameters,
    SoftmaxConstant,
    SoftmaxExact,
    SoftmaxLut,
    SoftmaxLutReciprocal,
)
from fxcaps.ops.softmax_lut import SummedExponentials
from fxcaps.types import Accumulator, Format, Overflow
from tests.support.strategies import Strategy, accumulators, near, overflows, roundings, words

SOFTMAXES = ["exact", "lut", "lut_reciprocal", "constant"]
"""The algorithms that a routing's parts are drawn from."""


@st.composite
def softmax_params(
    draw: st.DrawFn, algorithm: str, x: Format, out: Format, *, reject: bool = True
) -> Parameters:
    """Parameters of softmax; tables are fitted ones or any that are valid."""
    if algorithm == "constant":
        return SoftmaxConstant(word=draw(words(out)))
    modes: dict[str, Any] = {
        "rounding": draw(roundings()),
        "overflow": draw(overflows(out, reject=reject)),
    }
    if algorithm == "exact":
        return SoftmaxExact(**modes)
    params: SummedExponentials
    if algorithm == "lut":
        fitted = SoftmaxLut.fit(x, out, Arithmetic())
        params = replace(fitted, **draw(tables(x)), **modes)
    else:
        inverse = SoftmaxLutReciprocal.fit(x, out, Arithmetic())
        modes |= draw(reciprocals(inverse.reciprocal, reject=reject))
        params = replace(inverse, **draw(tables(x)), **modes)
    return replace(params, accumulator=draw(exponential_sums(params, reject=reject)))


@st.composite
def tables(draw: st.DrawFn, x: Format) -> dict[str, Any]:
    """Table fields, none now and then so that fitted ones stay."""
    if draw(st.integers(0, 3)) == 0:
        return {}
    limit = st.integers(0, 40) | st.integers(0, x.max - x.min)
    found: dict[str, Any] = {"largest_distance": draw(st.none() | limit)}
    if draw(st.booleans()):
        return found
    first = draw(st.integers(1, 1 << 16))
    rest = draw(st.lists(st.integers(0, first) | st.integers(0, 1 << 16), max_size=12))
    width = max(first, *rest, 1).bit_length()
    exp = Format(False, width, draw(st.integers(-3, width + 3)))
    return found | {
        "table": (first, *rest),
        "index_frac": draw(near(x.frac)),
        "exp": draw(st.none() | st.just(exp)),
    }


@st.composite
def reciprocals(draw: st.DrawFn, fitted: Format, *, reject: bool) -> dict[str, Any]:
    """Formats of a reciprocal and how it is narrowed."""
    width = draw(st.integers(1, 20))
    any_format = Format(False, width, draw(st.integers(width - 4, width + 12)))
    format = draw(st.sampled_from([fitted, any_format]))
    modes = [mode for mode in Overflow if reject or mode is not Overflow.REJECT]
    return {
        "reciprocal": format,
        "reciprocal_rounding": draw(roundings()),
        "reciprocal_overflow": draw(st.sampled_from(modes)),
    }


def exponential_sums(params: SummedExponentials, *, reject: bool = True) -> Strategy[Accumulator]:
    """Registers for the sum of exponentials that a few words fill, or none."""
    bits = params.largest_words(Format(True, 4, 0))[0].bit_length() + 3
    return accumulators(params.exp_frac, bits, reject=reject)
