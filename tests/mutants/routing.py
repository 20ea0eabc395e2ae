"""Wrong versions of routing by agreement."""

from __future__ import annotations

from typing import Any

from fxcaps.ops import Requantize, find_operation
from fxcaps.spec.routing import route
from fxcaps.types import Log, Tensor
from tests.mutants.base import Formats, Function, Mutant, Tensors, reversed_words, spec, symmetric


def _with(name: str, flag: str, part: str, call: Function) -> Mutant:
    """One of the parts computed otherwise."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        operation: Any = find_operation(params.operation)
        return route(operation, params, inputs, formats, log, {part: call})

    def applies(params: Any, _: Formats) -> bool:
        return part not in ("add", "agreement") or params.updates(0)

    return Mutant(name, flag, run, applies)


def _other_axis(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """Softmax over the input capsules."""
    x = inputs["x"]
    rows, columns = x.shape[0], len(x.words) // max(x.shape[0], 1)
    turned = [x.words[i * columns + j] for j in range(columns) for i in range(rows)]
    made = spec(params, {"x": Tensor((columns, rows), x.format, turned)}, formats, log)["out"]
    back = [made.words[j * rows + i] for i in range(rows) for j in range(columns)]
    return {"out": Tensor(x.shape, made.format, back)}


def _replaced(port: str) -> Function:
    """One operand of a sum taken for the sum."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        other = "b" if port == "a" else "a"
        zero = Tensor(inputs[other].shape, inputs[other].format, [0] * len(inputs[other].words))
        return spec(params, dict(inputs) | {other: zero}, formats, log)

    return run


def _opposite(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """Agreement with its sign turned."""
    made = spec(params, inputs, formats, log)["out"]
    words = [max(min(-word, made.format.max), made.format.min) for word in made.words]
    return {"out": Tensor(made.shape, made.format, words)}


def _no_squash(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The vectors as they are, in the output's format."""
    del params
    return spec(Requantize(), inputs, formats, log)


def _frozen(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """An iteration too few: the last has the tensors of the one before."""
    made = spec(params, inputs, formats, log)
    last = len(params.iterations) - 1
    for letter in "csv":
        made[f"{letter}{last}"] = made[f"{letter}{last - 1}"]
    return made


MUTANTS: tuple[Mutant, ...] = (
    _with("softmax over the input capsules", "AXIS_ORDER", "softmax", _other_axis),
    _with("logits replaced, not added", "STATE_CARRY_OVER", "add", _replaced("b")),
    _with("agreement never added", "ITERATION_COUNT", "add", _replaced("a")),
    _with("agreement subtracted", "OPERATION_ORDER", "agreement", _opposite),
    _with("squash left out", "OPERATION_ORDER", "squash", _no_squash),
    Mutant(
        "an iteration too few",
        "ITERATION_COUNT",
        _frozen,
        lambda params, _: len(params.iterations) > 1,
    ),
    reversed_words("votes"),
    symmetric("votes"),
)
