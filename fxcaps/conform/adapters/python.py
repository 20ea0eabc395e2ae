"""A device that is a function of this process."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.conform.device import Block, Device, DeviceError, Question, Reply, Skip, Status
from fxcaps.network.digest import container_type
from fxcaps.types import Format, Rejection


@dataclass(frozen=True)
class Call:
    """What a function is given.

    Args:
        block: operation, parameters, formats and shapes.
        inputs: words of every input by port, in its shape; int64, or Python integers where an
            input's words need more.
        image: index of the sample, for stochastic rounding.
    """

    block: Block
    inputs: Mapping[str, NDArray[Any]]
    image: int

    @property
    def params(self) -> dict[str, Any]:
        """The operation's parameters as JSON."""
        return self.block.setup.params

    @property
    def formats(self) -> dict[str, Format]:
        """Formats of inputs and outputs by port."""
        return self.block.inputs | self.block.outputs

    def __getitem__(self, port: str) -> NDArray[Any]:
        return self.inputs[port]


@dataclass(frozen=True)
class Answer:
    """What a function may return in place of words alone.

    Args:
        words: of the outputs by port, or of the one output.
        taps: intermediates by the names of the operation's page.
    """

    words: Any
    taps: Mapping[str, Any] = field(default_factory=dict)


Implementation = Callable[[Call], Any]


class Function(Device):
    """A function of a `Call`, which returns words, or raises `Rejection` or `Skip`.

    Args:
        implementation: returns an array (nested lists will do) of the one output, a mapping from
            port to array, or an `Answer`.
        rejects: whether it raises `Rejection`; without, those cases do not apply.
    """

    adapter = "python"
    images = True
    again = True

    def __init__(self, implementation: Implementation, *, rejects: bool = True) -> None:
        self.implementation = implementation
        self.rejects = rejects
        self.name = getattr(implementation, "__qualname__", type(implementation).__name__)

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        for question in questions:
            yield self._reply(question)

    def _reply(self, question: Question) -> Reply:
        call = Call(self.block, self._arrays(question), question.image)
        try:
            made = self.implementation(call)
        except Rejection as rejection:
            return Reply(question.seq, Status.REJECT, reason=rejection.reason.value)
        except Skip as skip:
            return Reply(question.seq, Status.SKIP, reason=str(skip))
        except Exception as error:  # noqa: BLE001 - whatever a device raises is its failure
            why = f"raised {type(error).__name__}: {error}".split("\n", 1)[0]
            return Reply(question.seq, Status.FAILED, reason=f"{why:.200}")
        answer = made if isinstance(made, Answer) else Answer(made)
        try:
            words = self._words(answer.words)
            taps = {name: _integers(tap, name) for name, tap in answer.taps.items()}
        except DeviceError as error:
            return Reply(question.seq, Status.FAILED, reason=str(error))
        return Reply(question.seq, Status.WORDS, words, taps=taps)

    def _arrays(self, question: Question) -> dict[str, NDArray[Any]]:
        setup, formats = self.block.setup, self.block.inputs
        return {
            port: np.array(words, _type(formats[port])).reshape(setup.inputs[port]["shape"])
            for port, words in question.words.items()
        }

    def _words(self, made: Any) -> dict[str, list[int]]:
        ports = list(self.block.outputs)
        if not isinstance(made, Mapping):
            if len(ports) != 1:
                raise DeviceError(f"expected outputs {', '.join(ports)} by name, found one")
            made = {ports[0]: made}
        return {port: self._shaped(words, port) for port, words in made.items()}

    def _shaped(self, words: Any, port: str) -> list[int]:
        """Flat words, whose shape is the setup's or flat already."""
        try:
            given = np.shape(words)
        except ValueError:
            raise DeviceError(f"{port}: no array of integers") from None
        shape = tuple(self.block.setup.outputs.get(port, {}).get("shape", given))
        if given not in (shape, (math.prod(shape),)):
            raise DeviceError(f"{port}: expected shape {shape}, found {given}")
        return _integers(words, port)


def _type(format: Format) -> Any:
    try:
        container_type(format)
    except Rejection:
        return object
    return np.int64


def _integers(data: Any, name: str) -> list[int]:
    """Flat Python integers; raises `DeviceError` for anything else."""
    array = np.asarray(data)
    if array.dtype.kind == "O" and all(type(item) is int for item in array.flat):
        return [int(item) for item in array.flat]
    if array.size and array.dtype.kind not in "iu":
        raise DeviceError(f"{name}: expected integers, found {array.dtype}")
    return [int(item) for item in array.flat]
