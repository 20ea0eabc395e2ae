"""Calls as batches: what the engine makes of them, beside what the specification does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine import ENGINE
from fxcaps.network.dispatch import Ints, event_row
from fxcaps.ops import find_operation
from fxcaps.ops.batch import Result, Words
from fxcaps.spec import SPEC
from fxcaps.strategies import Case
from fxcaps.types import Log, Rejection, Tensor


def varied(operation: str, called: Case) -> list[Case]:
    """The call and a second one: the same with every image's words in reverse order."""
    constant = {port.name for port in find_operation(operation).inputs if port.constant}
    turned = {
        port: tensor
        if port in constant
        else Tensor(tensor.shape, tensor.format, tensor.words[::-1])
        for port, tensor in called.inputs.items()
    }
    return [called, Case(called.params, turned, called.formats)]


def on_engine(operation: str, images: list[Case], start: int = 0) -> Result:
    """The engine's result for a batch of calls that differ in their words only.

    `start` is the index of the first one in its data set.
    """
    first = images[0]
    constant = {port.name for port in find_operation(operation).inputs if port.constant}
    inputs = {}
    for port, tensor in first.inputs.items():
        stacked = np.array([image.inputs[port].words for image in images], np.int64)
        array = stacked[0] if port in constant else stacked
        shape = tensor.shape if port in constant else (len(images), *tensor.shape)
        inputs[port] = Words(array.reshape(shape), tensor.format, start)
    return ENGINE[operation](first.params, inputs, first.formats)


def on_spec(
    operation: str, called: Case, image: int = 0
) -> tuple[Mapping[str, Tensor], Log] | None:
    """The specification's outputs and events, or None where it rejects the call."""
    log = Log(image=image)
    try:
        return SPEC[operation](called.params, called.inputs, called.formats, log), log
    except Rejection:
        return None


def assert_equal(operation: str, images: list[Case], start: int = 0) -> int:
    """Compare every decided row with the specification; returns how many were decided.

    A row that the specification rejects must be undecided, so that it gets to raise.
    """
    result = on_engine(operation, images, start)
    for row, image in enumerate(images):
        expected = on_spec(operation, image, start + row)
        if expected is None:
            assert result.undecided[row]
        elif not result.undecided[row]:
            outputs, log = expected
            assert set(result.outputs) == set(outputs)
            for port, tensor in outputs.items():
                assert found_words(result, port, row) == list(tensor.words), port
                assert result.outputs[port][row].shape == tensor.shape
                events: Ints = result.events[port][row]
                assert events.tolist() == event_row(log, port).tolist(), port
    return len(images) - int(result.undecided.sum())


def found_words(result: Result, port: str, row: int) -> list[int]:
    """A row's words in C order."""
    words: list[int] = result.outputs[port][row].ravel().tolist()
    return words
