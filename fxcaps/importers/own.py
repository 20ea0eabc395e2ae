"""The names and axes of fxcaps, as `Network.tensors` has them: no axis moves."""

from __future__ import annotations

import re

from fxcaps.importers.draft import Draft
from fxcaps.importers.layout import Layout
from fxcaps.importers.plan import plan
from fxcaps.network import Network, Window
from fxcaps.network.stack import labels

_CONVOLUTION = re.compile(r"(conv[0-9]{0,4})\.weight")
_ROUTED_AXES = 2
"""Axes of the bias of a primary layer that is routed: types and components."""


def build(draft: Draft) -> Network:
    """Convolutions `conv`, `conv2`, ..., primary capsules, class capsules, channels last.

    Convolutions are taken in the order of their numbers, whichever these are.
    A primary bias of two axes, (types, dim), is that of a primary layer routed once; class
    capsules need no bias.
    """
    votes_axes = "capsules classes dim_out dim"
    capsules = draft.learn("digit.weight", votes_axes)[0]
    patterns = _patterns(draft)
    windows, depths = [], []
    for name, pattern in patterns.items():
        channels, rows, columns, depth = draft.learn(f"{name}.weight", pattern)
        windows.append(Window((rows, columns), 1, channels))
        depths.append(depth)
    routed = "primary.bias" in draft and draft.arrays["primary.bias"].ndim == _ROUTED_AXES
    biased = "digit.bias" in draft
    network = plan(
        draft,
        windows,
        depth=depths[0],
        count=("digit.weight", capsules),
        routed_primary=routed,
        capsule_bias=biased,
    )
    targets = [*labels(len(patterns) - 1), "primary"]
    for target, (name, pattern) in zip(targets, patterns.items(), strict=True):
        draft.take(f"{name}.weight", pattern, f"{target}.weight", pattern)
        bias = pattern.split(f" {name}_rows")[0]
        bias = bias.strip("()") if name == "primary" and routed else bias
        draft.take(f"{name}.bias", bias, f"{target}.bias", bias)
    draft.keep("digit.weight", votes_axes)
    if biased:
        draft.keep("digit.bias", "classes dim_out")
    if routed and "primary.coupling" in draft:
        draft.keep("primary.coupling", "1 1")
    return network


def _patterns(draft: Draft) -> dict[str, str]:
    """The axes of every convolution's weights, the primary capsules' last."""
    found = [match[1] for match in map(_CONVOLUTION.fullmatch, draft.arrays) if match]
    names = sorted(found, key=lambda name: int(name.removeprefix("conv") or 1)) or ["conv"]
    patterns, depth = {}, "depth"
    for name in names:
        patterns[name] = f"{name}_out {name}_rows {name}_columns {depth}"
        depth = f"{name}_out"
    patterns["primary"] = f"(types dim) primary_rows primary_columns {depth}"
    return patterns


OWN = Layout(
    name="fxcaps",
    title="the names and axes of fxcaps",
    mark="primary.weight",
    build=build,
)
