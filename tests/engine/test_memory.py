"""Words are the same however arrays lie in memory and whatever integers hold them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fxcaps.engine import ENGINE
from fxcaps.network.digest import to_container
from fxcaps.network.dispatch import Ints
from fxcaps.ops import OPERATIONS, find_operation
from fxcaps.ops.batch import Words
from fxcaps.types import Format
from tests.support.examples import EXAMPLES


def sliced(words: Ints, _: Format) -> Ints:
    """Every second word of a larger array, from the end."""
    larger = np.zeros((*words.shape[:-1], 2 * words.shape[-1]), words.dtype)
    larger[..., ::-2] = words
    return larger[..., ::-2]


def last_first(words: Ints, _: Format) -> Ints:
    """The last axis varies slowest."""
    return np.asfortranarray(words)


LAYOUTS: dict[str, Callable[[Ints, Format], Ints]] = {
    "container": to_container,
    "sliced": sliced,
    "last axis first": last_first,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_layouts(operation: str, layout: str) -> None:
    """Given an operation's inputs in another layout, when run, then words and events are equal."""
    called = EXAMPLES[operation]
    constant = {port.name for port in find_operation(operation).inputs if port.constant}
    usual, other = {}, {}
    for port, tensor in called.inputs.items():
        array = np.array(tensor.words, np.int64).reshape(tensor.shape)
        if port not in constant:
            array = np.stack([array, array.ravel()[::-1].reshape(array.shape), array])
        usual[port] = Words(array, tensor.format)
        other[port] = Words(LAYOUTS[layout](array, tensor.format), tensor.format)
    expected = ENGINE[operation](called.params, usual, called.formats)
    found = ENGINE[operation](called.params, other, called.formats)
    assert found.undecided.tolist() == expected.undecided.tolist()
    for port in called.formats:
        assert found.outputs[port].tolist() == expected.outputs[port].tolist(), port
        assert found.events[port].tolist() == expected.events[port].tolist(), port


def test_a_constant_where_images_differ() -> None:
    """Given one array for all images, without a copy for each, then sums are as of copies."""
    called = EXAMPLES["add"]
    inputs, repeated = {}, {}
    for port, tensor in called.inputs.items():
        array = np.array(tensor.words, np.int64).reshape(1, *tensor.shape)
        repeated[port] = Words(np.repeat(array, 4, axis=0), tensor.format)
        inputs[port] = Words(np.broadcast_to(array, (4, *tensor.shape)), tensor.format)
    found = ENGINE["add"](called.params, inputs, called.formats)
    expected = ENGINE["add"](called.params, repeated, called.formats)
    assert found.outputs["out"].tolist() == expected.outputs["out"].tolist()
