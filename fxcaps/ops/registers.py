"""Which accumulators a step has: those that were fixed, else the narrowest that are exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from fxcaps.ops.operation import Arithmetic, Constants, Formats, Operation, Signatures
from fxcaps.ops.registry import operation_of
from fxcaps.ops.sums import Interval, narrowest
from fxcaps.types import Accumulator, Check, Init, Overflow, RoundAt


def with_registers(
    params: Any,
    inputs: Signatures,
    formats: Formats,
    constants: Constants,
    arithmetic: Arithmetic,
    spans: Mapping[str, Interval] | None = None,
) -> Any:
    """The same step with the accumulators of the arithmetic, else the narrowest that are exact.

    Args:
        params: of the step, its formats chosen.
        inputs: shapes and formats of the inputs by port.
        formats: of the outputs by port.
        constants: words of the constant inputs by port.
        arithmetic: the choices of the whole network.
        spans: static range by output port where it is known already; the words are then not read.
    """
    operation = operation_of(params)
    known = {port: given.format for port, given in inputs.items()}
    fractions = operation.product_fractions(params, known, formats)
    spans = spans if spans is not None else _hulls(operation, params, inputs, formats, constants)
    rules = _rules(operation, params, inputs, arithmetic)
    chosen = {}
    for port, frac in fractions.items():
        rule = rules.get(port)
        if rule is not None:
            chosen[port] = _of_products(rule, frac)
            continue
        chosen[port] = Accumulator(
            format=narrowest(spans[port], frac), overflow=Overflow.SATURATE, check=Check.EXACT
        )
    return operation.with_accumulators(params, chosen)


def _hulls(
    operation: Operation, params: Any, inputs: Signatures, formats: Formats, constants: Constants
) -> dict[str, Interval]:
    found = operation.intervals(params, inputs, formats, constants)
    return {
        port: (min(span[0] for span in each), max(span[1] for span in each))
        for port, each in found.items()
    }


def _rules(
    operation: Operation, params: Any, inputs: Signatures, arithmetic: Arithmetic
) -> Mapping[str, Accumulator | None]:
    """What the arithmetic says of each accumulator, by the output port that it fills."""
    own = arithmetic.of(operation.name).accumulator
    rules: dict[str, Accumulator | None] = dict.fromkeys(
        operation.accumulators(params), _of_sums(own, inner=operation.inner_sums)
    )
    for part in operation.parts(params, inputs):
        place = f"{operation.name}.{part.name}"
        own = arithmetic.of(part.params.operation, place).accumulator
        inner = operation_of(part.params).inner_sums
        rules |= dict.fromkeys(part.outputs.values(), _of_sums(own, inner=inner))
    return rules


def _of_sums(rule: Accumulator | None, *, inner: bool) -> Accumulator | None:
    """A rule for a sum: one inside an algorithm is no output and has no half of its step."""
    if rule is None or not inner or rule.init is not Init.BIAS_AND_HALF:
        return rule
    return replace(rule, init=Init.BIAS)


def _of_products(rule: Accumulator, frac: int) -> Accumulator:
    """An accumulator whose register and inner nodes have the fraction of what they add."""
    if rule.round_at is RoundAt.SUM:
        return rule  # its own fraction is the rounding
    if rule.format is not None:
        rule = replace(rule, format=replace(rule.format, frac=rule.addend_frac(frac)))
    if rule.node is not None:
        node = replace(rule.node, frac=rule.addend_frac(frac))
        rule = replace(rule, order=replace(cast("Any", rule.order), node=node))
    return rule
