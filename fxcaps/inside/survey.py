"""Run a Program over images and measure every tensor, register and decision of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.inside.measure import (
    ChoiceMeasure,
    CouplingMeasure,
    RegisterMeasure,
    TensorMeasure,
    UpdateMeasure,
)
from fxcaps.inside.routing import Routing, Update, find_routings, varying
from fxcaps.network import Kind, Program, Run, Step, Tables, apply, expand, run
from fxcaps.network.executor import Progress, batch_size, step_inputs
from fxcaps.network.images import check_images
from fxcaps.ops import operation_of
from fxcaps.ops.batch import Words
from fxcaps.types import Format, Reason, Rejection

_ENGINE_BITS = 32
"""Widest words of the engine; sums beyond it would all go to the specification."""


@dataclass
class Survey:
    """Everything measured, by name, in the order of the schedule.

    Args:
        program: what ran.
        images: how many.
        tensors: every tensor, constants first.
        routings: where routing happens.
        couplings: by tensor.
        updates: by tensor of the updated logits.
        registers: by tensor that they fill.
        choices: by step.
        fixed: tensors whose format the operation fixes, whatever the words are.
        undecided: rows that the specification computed, by step.
    """

    program: Program
    images: int
    tensors: dict[str, TensorMeasure]
    routings: tuple[Routing, ...]
    couplings: dict[str, CouplingMeasure]
    updates: dict[str, UpdateMeasure]
    registers: dict[str, RegisterMeasure]
    choices: dict[str, ChoiceMeasure]
    fixed: frozenset[str]
    undecided: dict[str, int]


def survey(
    program: Program,
    images: NDArray[Any],
    tables: Tables,
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Survey:
    """Measure a Program over images; memory does not grow with their number.

    Args:
        program: what to run; it has one input tensor.
        images: `(N, *shape)` integers of the input's format.
        tables: operation tables.
        threads: batches computed at the same time.
        progress: told images done and in all.
    """
    inputs = {name: program.tensors[name].signature for name in program.inputs}
    check_images(images, inputs, program.name)
    if threads < 1:
        raise Rejection(Reason.PARAMETER_INVALID, f"threads must be at least 1, found {threads}")
    flat = expand(program)
    found = _empty(program, flat)
    batch = batch_size(program, 2 * threads)  # what is kept needs the other half
    for start in range(0, len(images), batch * threads):
        part = images[start : start + batch * threads]
        made = run(
            flat,
            part,
            tables,
            keep=flat.traced,
            threads=threads,
            batch=batch,
            first=start,
        )
        _add(found, flat, made, tables)
        if progress:
            progress(found.images, len(images))
    return found


def _empty(program: Program, flat: Program) -> Survey:
    changing, routings = varying(flat), find_routings(program, flat)
    tensors = {
        name: TensorMeasure(name, program.tensors[name].format, name in changing)
        for name in (*program.constants, *program.traced)
    }
    for name, words in program.constants.items():
        tensors[name].add(words[np.newaxis])
    couplings = {
        item.tensor: CouplingMeasure(
            item.tensor,
            flat.tensors[item.tensor].format,
            item.tensor in changing,
            flat.tensors[item.tensor].shape[-1],
        )
        for routing in routings
        for item in routing.couplings
    }
    updates = {
        item.after: UpdateMeasure(item.agreement, item.after)
        for routing in routings
        for item in routing.updates
    }
    choices = {
        step.name: ChoiceMeasure(step.name)
        for step in flat.steps
        if operation_of(step.params).first_wins(step.params)
    }
    registers = {item.tensor: item for step in flat.steps for item in _registers(flat, step)}
    return Survey(
        program=program,
        images=0,
        tensors=tensors,
        routings=routings,
        couplings=couplings,
        updates=updates,
        registers=registers,
        choices=choices,
        fixed=frozenset(name for step in flat.steps for name in _fixed(flat, step)),
        undecided={},
    )


def _fixed(flat: Program, step: Step) -> list[str]:
    shapes = {port: given.shape for port, given in flat.signatures(step).items()}
    return [
        step.outputs[port] for port in operation_of(step.params).fixed_formats(step.params, shapes)
    ]


def _registers(flat: Program, step: Step) -> list[RegisterMeasure]:
    accumulators = operation_of(step.params).accumulators(step.params)
    return [
        RegisterMeasure(
            step.outputs[port],
            accumulators[port],
            (min(span[0] for span in spans), max(span[1] for span in spans)),
        )
        for port, spans in flat.intervals(step).items()
        if port in accumulators
    ]


def _add(found: Survey, flat: Program, made: Run, tables: Tables) -> None:
    """Take a run of the next images."""
    words: dict[str, NDArray[Any]] = {name: made.words[name] for name in flat.traced}
    for name, constant in flat.constants.items():
        words[name] = np.broadcast_to(constant, (made.images, *constant.shape))
    for name in found.program.traced:
        found.tensors[name].add(words[name])
    for name, seen in made.events.items():
        tensor = found.tensors.get(name)
        if tensor is None:  # what parts pass to each other is no tensor of the Program
            continue
        for event, total in seen.items():
            tensor.events[event] = tensor.events.get(event, 0) + total.count
            image, index = total.first
            tensor.first.setdefault(event, (found.images + image, index))
    for name, coupling in found.couplings.items():
        coupling.add(words[name])
    steps = {step.name: step for step in flat.steps}
    for item in (item for routing in found.routings for item in routing.updates):
        without = _without(flat, steps[item.step], item, made, found.images, tables)
        distance = _distance(flat, item, words)
        found.updates[item.after].add(words[item.agreement], without, words[item.after], distance)
    for step in flat.steps:
        _add_step(found, flat, step, made, tables)
    for name, rows in made.undecided.items():
        found.undecided[name] = found.undecided.get(name, 0) + rows
    found.images += made.images


def _add_step(found: Survey, flat: Program, step: Step, made: Run, tables: Tables) -> None:
    """Observe the registers and the ties of a step by running it once more, differently."""
    operation = operation_of(step.params)
    axes = operation.first_wins(step.params)
    registers = {
        port: found.registers[name]
        for port, name in step.outputs.items()
        if name in found.registers
    }
    if not axes and not registers:
        return
    given = _given(flat, step, made, found.images)
    if axes:
        tied = _tied(flat, step, given, axes, made, tables)
        found.choices[step.name].add(tied, found.images)
    formats = _sum_formats(flat, step, registers)
    if formats is not None:
        sums = apply(operation.unclipped(step.params), given, formats, tables)
        for port, register in registers.items():
            register.add(sums.outputs[port])


def _given(flat: Program, step: Step, made: Run, first: int) -> dict[str, Words]:
    """What a step of the flat Program read in a run."""
    live = {
        name: made.words[name].astype(np.int64)
        for name in step.inputs.values()
        if flat.tensors[name].kind is not Kind.CONSTANT
    }
    return step_inputs(flat, step, live, first, made.images)


def _without(
    flat: Program, step: Step, update: Update, made: Run, first: int, tables: Tables
) -> NDArray[np.int64]:
    """The logits that the update would make of agreements that are all zero."""
    given = {
        port: Words(np.zeros_like(words.array), words.format, first)
        if step.inputs[port] == update.agreement
        else words
        for port, words in _given(flat, step, made, first).items()
    }
    outputs = apply(step.params, given, flat.formats(step), tables).outputs
    (port,) = (port for port, name in step.outputs.items() if name == update.after)
    return outputs[port]


def _distance(
    flat: Program, update: Update, words: Mapping[str, NDArray[Any]]
) -> NDArray[np.float64]:
    """How far the updated logits are from the value of logit plus agreement, in their steps.

    Zero where that value lies outside their format. Words of 32 bits and their differences by
    less than a step are exact in float64.
    """
    format = flat.tensors[update.after].format
    before, agreement = (
        np.ldexp(words[name].astype(np.float64), format.frac - flat.tensors[name].format.frac)
        for name in (update.before, update.agreement)
    )
    exact = before + agreement
    inside = (exact >= format.min) & (exact <= format.max)
    distance: NDArray[np.float64] = np.where(inside, np.abs(words[update.after] - exact), 0.0)
    return distance


def _sum_formats(
    flat: Program, step: Step, registers: Mapping[str, RegisterMeasure]
) -> dict[str, Format] | None:
    """Output formats that hold every sum as it is; None where the engine has none so wide."""
    operation = operation_of(step.params)
    formats = {port: given.format for port, given in flat.signatures(step).items()}
    fractions = operation.product_fractions(step.params, formats, flat.formats(step))
    if not registers or set(registers) != set(step.outputs):
        return None
    # One bit more than needed, so that no overflow mode touches the least word.
    wide = {
        port: Format(True, item.static_bits + 1, item.accumulator.frac(fractions[port]))
        for port, item in registers.items()
    }
    return wide if max(format.width for format in wide.values()) <= _ENGINE_BITS else None


def _tied(
    flat: Program,
    step: Step,
    given: Mapping[str, Words],
    axes: Mapping[str, int],
    made: Run,
    tables: Tables,
) -> NDArray[np.bool_]:
    """Images in which the first from the other end is another one: the order decided."""
    turned = {
        port: Words(np.flip(words.array, axes[port]), words.format, words.first)
        if port in axes
        else words
        for port, words in given.items()
    }
    count = min(given[port].array.shape[axis] for port, axis in axes.items())
    other = apply(step.params, turned, flat.formats(step), tables).outputs
    tied = np.zeros(made.images, np.bool_)
    for port, name in step.outputs.items():
        chosen = made.words[name].astype(np.int64) + other[port]
        tied |= (chosen != count - 1).reshape(made.images, -1).any(axis=1)
    return tied
