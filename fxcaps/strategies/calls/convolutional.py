"""Calls of the operations on grids of capsules."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from fxcaps.ops import ConvRouting, ConvVotes, SoftmaxAxes, SquashAxes
from fxcaps.strategies.calls.case import Case, bias, divisors, summing
from fxcaps.strategies.calls.routing import iteration
from fxcaps.strategies.words import formats, logit_formats, near, tensors


@st.composite
def conv_votes(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of conv votes."""
    u, weight = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = u.frac + weight.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    padding = tuple(draw(st.integers(0, 2)) for _ in range(4))
    height, width, types, dim = (draw(st.integers(1, extent)) for extent in (4, 4, 4, 2))
    kernel = (
        draw(divisors(types)),
        draw(st.integers(1, 2)),
        draw(st.integers(1, 2)),
        draw(st.integers(1, min(3, height + padding[0] + padding[1]))),
        draw(st.integers(1, min(3, width + padding[2] + padding[3]))),
        dim,
    )
    inputs = {
        "u": draw(tensors((height, width, types, dim), u)),
        "weight": draw(tensors(kernel, weight)),
    }
    sums = summing(draw, out, frac, max_width, terms=math.prod(kernel[3:]))
    inputs |= draw(bias(kernel[:3], sums["accumulator"].frac(frac), max_width))
    params = ConvVotes(
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        padding=(padding[0], padding[1], padding[2], padding[3]),
        **sums,
    )
    return Case(params, inputs, {"out": out})


@st.composite
def conv_routing(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of conv routing."""
    votes = draw(formats(1, max_width))
    shape = tuple(draw(st.integers(1, extent)) for extent in (3, 2, 2, 3, 2))
    iterations = draw(st.integers(1, 2))
    update_last = draw(st.booleans())
    reject = draw(st.integers(0, 7)) == 0
    made = {"b0": draw(logit_formats(max_width))}
    bundles = [
        draw(iteration(votes, r, r + 1 < iterations or update_last, made, max_width, reject))
        for r in range(iterations)
    ]
    frac = min(
        bundle.weighted_sum.accumulator.frac(made[f"c{r}"].frac + votes.frac)
        for r, bundle in enumerate(bundles)
    )
    inputs = {"votes": draw(tensors(shape, votes))}
    inputs |= draw(bias((draw(divisors(shape[3])), shape[4]), frac, max_width))
    params = ConvRouting(
        iterations=tuple(bundles),
        update_last=update_last,
        softmax_axes=draw(st.sampled_from(SoftmaxAxes)),
        squash_axes=draw(st.sampled_from(SquashAxes)),
    )
    return Case(params, inputs, made)
