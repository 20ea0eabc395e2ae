"""What mutants are, and those that many operations share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from fxcaps.ops import require_function
from fxcaps.spec import SPEC
from fxcaps.types import Accumulator, Check, Format, Log, Overflow, Rounding, Tensor

Tensors = Mapping[str, Tensor]
Formats = Mapping[str, Format]
Function = Callable[[Any, Tensors, Formats, Log], dict[str, Tensor]]
Applies = Callable[[Any, Formats], bool]


def always(params: Any, formats: Formats) -> bool:  # noqa: ARG001
    return True


@dataclass(frozen=True)
class Mutant:
    """A wrong version of an operation.

    Args:
        name: the mistake in words.
        flag: the mistake as cases name it.
        run: like the normative function.
        applies: whether the mistake is one under these parameters and output formats.
    """

    name: str
    flag: str
    run: Function
    applies: Applies = always


def spec(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The normative function."""
    return require_function(SPEC, params)(params, inputs, formats, log)


def unlike(**values: object) -> Applies:
    """Parameters that have all these fields with other values."""
    return lambda params, _: all(
        name in {field.name for field in fields(params)} and getattr(params, name) != value
        for name, value in values.items()
    )


def has(**values: object) -> Applies:
    """Parameters that have all these fields with these values."""
    return lambda params, _: all(
        getattr(params, name, None) == value for name, value in values.items()
    )


def with_fields(name: str, flag: str, **changes: object) -> Mutant:
    """Other parameters than are stated."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        return spec(replace(params, **changes), inputs, formats, log)

    return Mutant(name, flag, run, unlike(**changes))


def with_inputs(name: str, flag: str, change: Callable[[Tensors], Tensors]) -> Mutant:
    """Other inputs than are given."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        return spec(params, change(inputs), formats, log)

    return Mutant(name, flag, run)


def map_words(tensor: Tensor, change: Callable[[int], int]) -> Tensor:
    """The tensor with each word changed."""
    return Tensor(tensor.shape, tensor.format, [change(word) for word in tensor.words])


def unsigned(port: str) -> Mutant:
    """A port whose words are read without their sign."""

    def change(inputs: Tensors) -> Tensors:
        x = inputs[port]
        format = replace(x.format, signed=False)
        mask = (1 << format.width) - 1
        return dict(inputs) | {port: Tensor(x.shape, format, [word & mask for word in x.words])}

    mutant = with_inputs(f"unsigned {port}", "SIGN_EXTENSION", change)
    return replace(mutant, applies=always)


def symmetric(port: str) -> Mutant:
    """A port whose lowest word is taken for its neighbour."""

    def change(inputs: Tensors) -> Tensors:
        x = inputs[port]
        low = x.format.min + 1 if x.format.signed else 0
        return dict(inputs) | {port: map_words(x, lambda word: max(word, low))}

    return with_inputs(f"symmetric {port}", "SYMMETRIC_CLIP", change)


def reversed_words(port: str) -> Mutant:
    """A port that is read from its end."""

    def change(inputs: Tensors) -> Tensors:
        x = inputs[port]
        return dict(inputs) | {port: Tensor(x.shape, x.format, list(x.words)[::-1])}

    return with_inputs(f"reversed {port}", "AXIS_ORDER", change)


def first_word_kept() -> Mutant:
    """The first output word stands for all."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        made = spec(params, inputs, formats, log)
        return {port: map_words(t, lambda _, t=t: t.words[0]) for port, t in made.items()}  # type: ignore[misc]

    return Mutant("first word kept", "STATE_CARRY_OVER", run)


def _narrow_register(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    register = params.accumulator
    format = replace(register.format, width=register.format.width - 1)
    changed = replace(register, format=format)
    if register.check is Check.EXACT:  # what has no room for a bit drops it
        changed = replace(changed, check=Check.FINAL, overflow=Overflow.WRAP)
    return spec(replace(params, accumulator=changed), inputs, formats, log)


def _late(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    changed = replace(params.accumulator, check=Check.FINAL)
    return spec(replace(params, accumulator=changed), inputs, formats, log)


def _bounded(params: Any, _: Formats) -> bool:
    register = getattr(params, "accumulator", Accumulator())
    return register.format is not None and register.format.width > 1 and register.node is None


def _stepwise(params: Any, formats: Formats) -> bool:
    if not _bounded(params, formats):
        return False
    register = params.accumulator
    return register.check is Check.PER_STEP and register.overflow is not Overflow.WRAP


ROUNDINGS: tuple[Mutant, ...] = (
    with_fields("truncates", "TRUNCATE", rounding=Rounding.FLOOR),
    with_fields("truncates the magnitude", "TRUNCATE", rounding=Rounding.TOWARD_ZERO),
    with_fields("ties away", "ROUND_TIE_DIRECTION", rounding=Rounding.TIES_AWAY),
    with_fields("ties to even", "ROUND_TIE_DIRECTION", rounding=Rounding.TIES_TO_EVEN),
    with_fields("ties down", "ROUND_TIE_DIRECTION", rounding=Rounding.TIES_TO_NEG_INF),
    with_fields("ties up", "ROUND_TIE_DIRECTION", rounding=Rounding.TIES_TO_POS_INF),
)
"""A rounding mode in place of another."""

OVERFLOWS: tuple[Mutant, ...] = (
    with_fields("wraps", "WRAP", overflow=Overflow.WRAP),
    with_fields("saturates", "WRAP", overflow=Overflow.SATURATE),
    with_fields("saturates to zero", "WRAP", overflow=Overflow.SATURATE_TO_ZERO),
)
"""An overflow mode in place of another."""

REGISTERS: tuple[Mutant, ...] = (
    Mutant("register one bit short", "ACCUMULATOR_WIDTH", _narrow_register, _bounded),
    Mutant("range looked at in the end", "LATE_SATURATE", _late, _stepwise),
)
"""An accumulator in place of another."""


def words_of(made: Mapping[str, Tensor]) -> dict[str, Sequence[int]]:
    """Output words by port."""
    return {port: list(tensor.words) for port, tensor in made.items()}
