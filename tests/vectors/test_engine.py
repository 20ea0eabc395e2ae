"""The engine answers the published vectors: a second implementation of every case."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fxcaps.engine import ENGINE
from fxcaps.network.dispatch import Tables, apply, constant_ports
from fxcaps.ops import OPERATIONS
from fxcaps.ops.batch import EVENT_CODES, Words
from fxcaps.spec import SPEC
from fxcaps.types import Event
from fxcaps.vectors.call import Setup, call_of
from fxcaps.vectors.files import open_set
from fxcaps.vectors.numbers import read_words
from tests.vectors.build import PUBLISHED

WIDEST = 32
"""Bits of words that the engine holds."""


def engine_answer(setup: Setup, case: dict[str, Any]) -> dict[str, Any]:
    """Words and events of a case as the engine gives them."""
    call = call_of(setup)
    constant = constant_ports(call.params)
    inputs = {}
    for port, given in call.inputs.items():
        words = read_words(case["in"][port], given.format, port)
        array = np.array(words, np.int64).reshape(given.shape)
        array = array if port in constant else array[None]
        inputs[port] = Words(array, given.format, case.get("image", 0))
    made = apply(call.params, inputs, call.formats, Tables(SPEC, ENGINE))
    events = {
        port: {
            kind.value: made.events[port][0, EVENT_CODES[kind]].tolist()
            for kind in Event
            if made.events[port][0, EVENT_CODES[kind], 0]
        }
        for port in made.events
    }
    return {
        "out": {port: words[0].ravel().tolist() for port, words in made.outputs.items()},
        "events": {port: seen for port, seen in events.items() if seen},
    }


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_edge_cases(operation: str) -> None:
    """Given the edge cases of an operation, when the engine is asked, then words and events."""
    found = open_set(PUBLISHED)
    differing, asked = [], 0
    for entry in found.select(op=operation, kind="edge"):
        file = found.read(entry)
        setups = {setup.name: setup for setup in file.setups}
        for case in file.cases:
            setup = setups[case["setup"]]
            call = call_of(setup)
            formats = [given.format for given in call.inputs.values()] + list(call.formats.values())
            if "out" not in case or max(format.width for format in formats) > WIDEST:
                continue
            asked += 1
            expected = {"out": case["out"], "events": case["events"]}
            if engine_answer(setup, case) != expected:
                differing.append(case["id"])
    assert asked > 0
    assert differing == []
