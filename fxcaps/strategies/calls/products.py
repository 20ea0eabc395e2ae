"""Calls of the operations that sum products."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from fxcaps.ops import Agreement, Conv2d, Conv2dPulp, Votes, WeightedSum
from fxcaps.strategies.calls.case import Case, bias, divisors, summing
from fxcaps.strategies.words import formats, near, tensors


@st.composite
def conv2d(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    """Calls of conv2d."""
    x, weight = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = x.frac + weight.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    padding = tuple(draw(st.integers(0, 2)) for _ in range(4))
    height, width, depth = (draw(st.integers(1, extent)) for extent in (5, 5, 3))
    kernel = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, min(3, height + padding[0] + padding[1]))),
        draw(st.integers(1, min(3, width + padding[2] + padding[3]))),
        depth,
    )
    inputs = {
        "x": draw(tensors((height, width, depth), x)),
        "weight": draw(tensors(kernel, weight)),
    }
    sums = summing(draw, out, frac, max_width, terms=math.prod(kernel[1:]))
    inputs |= draw(bias(kernel[:1], sums["accumulator"].frac(frac), max_width))
    params = Conv2d(
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        padding=(padding[0], padding[1], padding[2], padding[3]),
        relu=draw(st.booleans()),
        **sums,
    )
    if algorithm == "pulp":
        wide = st.just(16) | st.integers(1, 12) | st.integers(1, 80)
        own: dict[str, Any] = {"relu_width": draw(wide), "cores": draw(st.integers(1, 4))}
        params = Conv2dPulp(**{f.name: getattr(params, f.name) for f in fields(params)}, **own)
    return Case(params, inputs, {"out": out})


@st.composite
def votes(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of votes."""
    u, weight = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = u.frac + weight.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    shape = tuple(draw(st.integers(1, extent)) for extent in (4, 3, 3, 4))
    inputs = {
        "u": draw(tensors((shape[0], shape[3]), u)),
        "weight": draw(tensors((draw(divisors(shape[0])), *shape[1:]), weight)),
    }
    return Case(
        Votes(**summing(draw, out, frac, max_width, terms=shape[3], biased=False)),
        inputs,
        {"out": out},
    )


@st.composite
def weighted_sum(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of weighted sum."""
    c, votes = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = c.frac + votes.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    count, capsules, dim = (draw(st.integers(1, extent)) for extent in (5, 4, 3))
    inputs = {
        "c": draw(tensors((count, draw(divisors(capsules))), c)),
        "votes": draw(tensors((count, capsules, dim), votes)),
    }
    sums = summing(draw, out, frac, max_width, terms=count)
    register = sums["accumulator"].frac(frac)
    inputs |= draw(bias((draw(divisors(capsules)), dim), register, max_width))
    return Case(WeightedSum(**sums), inputs, {"out": out})


@st.composite
def agreement(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of agreement."""
    votes, v = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = votes.frac + v.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    shape = tuple(draw(st.integers(1, extent)) for extent in (4, 4, 4))
    inputs = {"votes": draw(tensors(shape, votes)), "v": draw(tensors(shape[1:], v))}
    return Case(
        Agreement(**summing(draw, out, frac, max_width, terms=shape[2], biased=False)),
        inputs,
        {"out": out},
    )
