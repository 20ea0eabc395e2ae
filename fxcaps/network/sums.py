"""Programs whose sums are tensors of their own, so that a run can begin where they are narrowed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fxcaps.network.program import Entry, Program
from fxcaps.network.step import Step
from fxcaps.ops import Requantize, operation_of
from fxcaps.ops.sums import WholeSums
from fxcaps.types import Rounding

_SUFFIX = ".whole"


def with_whole_sums(program: Program) -> Program:
    """The same words by other steps: each sum of products is made whole, then narrowed.

    A step whose operation says how (`whole_sum`) makes its sums in the format of its register, as
    the tensor `NAME.whole`, and a `requantize` with the step's rounding and overflow makes the
    tensor that it made before. What the sums come to then no longer depends on the format of that
    tensor. Steps with stochastic rounding stay, because random bits are addressed by the step.
    """
    tensors, steps = dict(program.tensors), []
    for step in program.steps:
        operation = operation_of(step.params)
        whole = operation.whole_sum(step.params) if isinstance(operation, WholeSums) else None
        made = [step] if whole is None else _split(program, step)
        steps += made
        if whole is not None and len(made) > 1:
            (out,) = step.outputs.values()
            tensors[out + _SUFFIX] = replace(tensors[out], format=whole)
    if len(steps) == len(program.steps):
        return program
    return _unchecked(program, tuple(steps), tensors)


def _split(program: Program, step: Step) -> list[Step]:
    rounding = getattr(step.params, "rounding", None)
    (out,) = step.outputs.values()
    if not isinstance(rounding, Rounding) or f"{out}{_SUFFIX}" in program.tensors:
        return [step]
    narrowed = Requantize(rounding=rounding, overflow=step.params.overflow)  # type: ignore[attr-defined]
    return [
        replace(step, outputs={"out": out + _SUFFIX}),
        Step(f"{step.name}{_SUFFIX}", narrowed, {"x": out + _SUFFIX}, {"out": out}),
    ]


def _unchecked(program: Program, steps: tuple[Step, ...], tensors: dict[str, Entry]) -> Program:
    """Made without a second look: the checks of `program` hold for it.

    Static ranges with the output in the register's own fraction are those of the register.
    """
    made = object.__new__(Program)
    fields: dict[str, Any] = {n: v for n, v in vars(program).items() if n != "digest"}
    vars(made).update(fields | {"steps": steps, "tensors": tensors})
    return made
