"""Stochastic rounding: engine and specification draw and use the same bits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.engine.stochastic import random_words
from fxcaps.ops import OPERATIONS, find_parameters
from fxcaps.spec.stochastic import random_bits
from fxcaps.strategies import ALGORITHMS, calls, generators
from fxcaps.types import Lfsr, Philox
from tests.engine.batches import assert_equal, varied


def takes_generators(pair: tuple[str, str]) -> bool:
    """Whether the parameter class rounds by a rule, not by a mode alone."""
    return find_parameters(*pair).takes_generators()


STOCHASTIC = [pair for pair in ALGORITHMS if takes_generators(pair)]


@given(generators(64), st.integers(0, 70000), st.integers(1, 3), st.integers(1, 64))
def test_words_are_the_specifications(
    generator: Philox | Lfsr, first: int, batch: int, size: int
) -> None:
    """Given any generator, when drawn for a batch, then every word is the specification's."""
    found = np.broadcast_to(random_words(generator, first, batch, size), (batch, size))
    assert found.tolist() == [
        [random_bits(generator, first + n, k) for k in range(size)] for n in range(batch)
    ]


@pytest.mark.parametrize(("operation", "algorithm"), STOCHASTIC)
def test_calls(operation: str, algorithm: str) -> None:
    """Given any call rounded at random, when run for two images, then every row is the spec's."""

    @given(st.data())
    def check(data: st.DataObject) -> None:
        bits = data.draw(st.sampled_from([4, 8, 32]))
        called = data.draw(calls(operation, algorithm, bits))
        params: Any = called.params
        changed = replace(params, rounding=data.draw(generators(512)))
        assert_equal(
            operation,
            varied(operation, called._replace(params=changed)),
            data.draw(st.integers(0, 99)),
        )

    check()


def test_there_are_such_calls() -> None:
    """Given all operations, then sums and shifts round by rules."""
    named = {operation for operation, _ in STOCHASTIC}
    assert {"add", "agreement", "conv2d", "requantize", "votes", "weighted_sum"} <= named
    assert named <= set(OPERATIONS)
