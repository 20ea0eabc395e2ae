"""Every operation on a batch of no images."""

from __future__ import annotations

import numpy as np
import pytest

from fxcaps.engine import ENGINE
from fxcaps.ops import OPERATIONS, find_operation
from fxcaps.ops.batch import Words
from fxcaps.types import Shape
from tests.engine.batches import on_engine
from tests.support.examples import EXAMPLES


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_no_images(operation: str) -> None:
    """Given no image, when run on the engine, then nothing comes out, in the right shapes."""
    called = EXAMPLES[operation]
    constant = {port.name for port in find_operation(operation).inputs if port.constant}
    whole = on_engine(operation, [called])
    inputs = {}
    for port, tensor in called.inputs.items():
        array = np.array(tensor.words, np.int64).reshape(tensor.shape)
        inputs[port] = Words(array if port in constant else array[None][:0], tensor.format)
    made = ENGINE[operation](called.params, inputs, called.formats)
    found: dict[str, Shape] = {port: words.shape for port, words in made.outputs.items()}
    assert found == {port: (0, *words.shape[1:]) for port, words in whole.outputs.items()}
    assert {port: events.shape for port, events in made.events.items()} == {
        port: (0, *events.shape[1:]) for port, events in whole.events.items()
    }
    assert made.undecided.shape == (0,)
