"""Accumulators that an arithmetic prescribes, fitted to what they add."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from fxcaps.types import Accumulator, Init, RoundAt


def of_sums(rule: Accumulator | None, *, inner: bool) -> Accumulator | None:
    """A rule for a sum: one inside an algorithm is no output and has no half of its step."""
    if rule is None or not inner or rule.init is not Init.BIAS_AND_HALF:
        return rule
    return replace(rule, init=Init.BIAS)


def of_products(rule: Accumulator, frac: int) -> Accumulator:
    """An accumulator whose register and inner nodes have the fraction of what they add."""
    if rule.round_at is RoundAt.SUM:
        return rule  # its own fraction is the rounding
    if rule.format is not None:
        rule = replace(rule, format=replace(rule.format, frac=rule.addend_frac(frac)))
    if rule.node is not None:
        node = replace(rule.node, frac=rule.addend_frac(frac))
        rule = replace(rule, order=replace(cast("Any", rule.order), node=node))
    return rule
