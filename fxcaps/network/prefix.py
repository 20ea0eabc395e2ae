"""Programs that begin alike: what of a run can be used again, and running on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from numpy.typing import NDArray

from fxcaps.network.digest import words_digest
from fxcaps.network.dispatch import Ints, Tables
from fxcaps.network.executor import apply_step, step_inputs
from fxcaps.network.program import Program
from fxcaps.network.step import Step


def prefix_keys(program: Program) -> tuple[str, ...]:
    """A digest for every step: of all that decides the words of the run up to and with it.

    Where two Programs have the same key at a step, the same images give the same words in every
    tensor that has been made by then.
    """
    inputs = {name: _entry(program, name) for name in program.inputs}
    key = sha256(_text(inputs)).hexdigest()
    keys = []
    for step in program.steps:
        made = {
            "before": key,
            "step": step.to_json(explicit=True),
            "outputs": {name: _entry(program, name) for name in step.outputs.values()},
            "constants": {
                name: [_entry(program, name), _digest(program, name)]
                for name in step.inputs.values()
                if name in program.constants
            },
        }
        key = sha256(_text(made)).hexdigest()
        keys.append(key)
    return tuple(keys)


def live_after(program: Program, step: int, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """Names of the tensors made by a step's end that later steps read, or that are wanted.

    Args:
        program: any.
        step: position in the schedule; -1 is before the first.
        wanted: tensors to keep to the end.
    """
    read = {name for later in program.steps[step + 1 :] for name in later.inputs.values()}
    made = [name for earlier in program.steps[: step + 1] for name in earlier.outputs.values()]
    return tuple(name for name in (*program.inputs, *made) if name in read or name in wanted)


def run_on(
    program: Program,
    live: Mapping[str, NDArray[Any]],
    steps: range,
    tables: Tables,
    *,
    first: int = 0,
    wanted: Sequence[str] = (),
) -> dict[str, Ints]:
    """Run some steps of a Program on words that the steps before them have made.

    Args:
        program: what to run.
        live: words of the tensors alive before the first of these steps, any integer type.
        steps: positions in the schedule.
        tables: operation tables.
        first: index of the first image in its data set.
        wanted: tensors to keep to the end.

    Returns the words of the tensors alive after the last of these steps.
    """
    words = {name: array.astype("int64") for name, array in live.items()}
    count = len(next(iter(words.values())))
    for position in steps:
        step: Step = program.steps[position]
        inputs = step_inputs(program, step, words, first, count)
        outcome = apply_step(program, step, inputs, tables)
        words |= {name: outcome.outputs[port] for port, name in step.outputs.items()}
        kept = live_after(program, position, wanted)
        words = {name: words[name] for name in kept}
    return words


def _entry(program: Program, name: str) -> list[Any]:
    entry = program.tensors[name]
    return [list(entry.shape), str(entry.format)]


def _digest(program: Program, name: str) -> str:
    return words_digest(program.constants[name], program.tensors[name].format)


def _text(data: Any) -> bytes:
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
