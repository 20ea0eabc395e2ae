"""Wrong versions of the sums of products."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fxcaps.types import Accumulator, Check, Log, RoundAt, Rounding, Tensor
from tests.mutants.base import (
    OVERFLOWS,
    REGISTERS,
    ROUNDINGS,
    Formats,
    Mutant,
    Tensors,
    reversed_words,
    spec,
    symmetric,
    unsigned,
)


def _rounded_products(
    params: Any, inputs: Tensors, formats: Formats, log: Log
) -> dict[str, Tensor]:
    """Every product narrowed to the output's fraction before it is added."""
    out = replace(formats["out"], width=48, signed=True)
    register = Accumulator(
        round_at=RoundAt.PRODUCT, product=out, rounding=params.rounding, check=Check.EXACT
    )
    return spec(replace(params, accumulator=register), inputs, formats, log)


def _free(params: Any, formats: Formats) -> bool:
    """No product is rounded, nothing overflows, and rounding is a mode that loses something."""
    register = params.accumulator
    plain = register.check is Check.EXACT and register.round_at is RoundAt.END
    return plain and isinstance(params.rounding, Rounding) and formats["out"].frac < 16


def _without_bias(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    kept = {port: tensor for port, tensor in inputs.items() if port != "bias"}
    return spec(params, kept, formats, log)


def _bias_unaligned(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The bias word added to the register as it stands."""
    if "bias" not in inputs:
        return spec(params, inputs, formats, log)
    bias = inputs["bias"]
    names = [name for name in inputs if name != "bias"]
    frac = params.accumulator.frac(sum(inputs[name].format.frac for name in names))
    moved = Tensor(bias.shape, replace(bias.format, frac=frac), bias.words)
    return spec(params, dict(inputs) | {"bias": moved}, formats, log)


def _last_left_out(port: str) -> Callable[..., dict[str, Tensor]]:
    """The last term of every sum is forgotten, where terms run fastest."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        x = inputs[port]
        size = x.shape[-1]
        words = [0 if k % size == size - 1 else word for k, word in enumerate(x.words)]
        return spec(params, dict(inputs) | {port: Tensor(x.shape, x.format, words)}, formats, log)

    return run


def of(first: str, second: str, *, biased: bool = False) -> tuple[Mutant, ...]:
    """The wrong versions of an operation with these factors."""
    bias = (
        Mutant("bias forgotten", "OPERATION_ORDER", _without_bias),
        Mutant("bias not aligned", "OPERATION_ORDER", _bias_unaligned),
    )
    return (
        *ROUNDINGS,
        *OVERFLOWS,
        *REGISTERS,
        unsigned(first),
        unsigned(second),
        symmetric(first),
        symmetric(second),
        reversed_words(first),
        reversed_words(second),
        Mutant("rounds every product", "OPERATION_ORDER", _rounded_products, _free),
        Mutant("last term lost", "AXIS_ORDER", _last_left_out(second)),
        *(bias if biased else ()),
    )
