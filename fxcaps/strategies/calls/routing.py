"""Calls of dynamic routing."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fxcaps.ops import Agreement, DynamicRouting, RoutingIteration, WeightedSum
from fxcaps.strategies.calls.case import Case, bias, divisors, summing
from fxcaps.strategies.calls.elementwise import add_params
from fxcaps.strategies.calls.softmax import SOFTMAXES, softmax_params
from fxcaps.strategies.calls.squash import squash_params, squashes
from fxcaps.strategies.words import (
    formats,
    fractions,
    logit_formats,
    near,
    tensors,
)
from fxcaps.types import Format


@st.composite
def dynamic_routing(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    """Calls of dynamic routing."""
    votes = draw(formats(1, max_width))
    count, capsules, dim = (draw(st.integers(1, extent)) for extent in (4, 4, 3))
    iterations = draw(st.integers(1, 3))
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
    inputs = {"votes": draw(tensors((count, capsules, dim), votes))}
    inputs |= draw(bias((draw(divisors(capsules)), dim), frac, max_width))
    params = DynamicRouting(iterations=tuple(bundles), update_last=update_last)
    return Case(params, inputs, made)


@st.composite
def iteration(
    draw: st.DrawFn,
    votes: Format,
    r: int,
    updates: bool,
    made: dict[str, Format],
    max_width: int,
    reject: bool,
) -> RoutingIteration:
    """One iteration's parameters; the formats of what it makes are added to `made`."""
    c = made[f"c{r}"] = draw(formats(1, max_width, st.integers(4, 10) | fractions(max_width)))
    s = made[f"s{r}"] = draw(formats(1, max_width, near(votes.frac, max_width)))
    v = made[f"v{r}"] = draw(formats(1, max_width))
    parts: dict[str, Any] = {}
    if updates:
        a = made[f"a{r}"] = draw(formats(1, max_width, near(votes.frac + v.frac, max_width)))
        b = made[f"b{r + 1}"] = draw(logit_formats(max_width))
        frac = votes.frac + v.frac
        parts["agreement"] = Agreement(**summing(draw, a, frac, max_width, reject=reject))
        kind = draw(st.sampled_from(["", "", "shift", "lanes"]))
        parts["update"] = draw(add_params(kind, b, reject=reject))
    softmax = draw(st.sampled_from(SOFTMAXES))
    squash = draw(st.sampled_from(squashes(s, v)))
    frac = votes.frac + c.frac
    return RoutingIteration(
        softmax=draw(softmax_params(softmax, made[f"b{r}"], c, reject=reject)),
        weighted_sum=WeightedSum(**summing(draw, s, frac, max_width, reject=reject)),
        squash=draw(squash_params(squash, s, v, max_width, reject=reject)),
        **parts,
    )
