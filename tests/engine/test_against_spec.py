"""Every operation and algorithm, at widths from 1 to 32: engine and specification agree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fxcaps.strategies import ALGORITHMS, Case, calls
from tests.engine.batches import assert_equal, on_spec, varied

CERTAIN = [pair for pair in ALGORITHMS if pair[1] != "exact"]
"""Algorithms in integers alone: nothing about them is open at small widths."""


@pytest.mark.parametrize(("operation", "algorithm"), ALGORITHMS)
def test_words_and_events(operation: str, algorithm: str) -> None:
    """Given any call, when run on the engine as a batch of two, then every row is the spec's."""

    @given(st.sampled_from([4, 8, 16, 32]).flatmap(lambda bits: calls(operation, algorithm, bits)))
    def check(called: Case) -> None:
        assert_equal(operation, varied(operation, called))

    check()


@pytest.mark.parametrize(("operation", "algorithm"), CERTAIN)
def test_small_words_are_decided(operation: str, algorithm: str) -> None:
    """Given calls of 8-bit words that the spec accepts, then the engine decides them itself."""
    decided = 0
    accepted = 0

    @settings(max_examples=120)  # a share of few examples says little
    @given(calls(operation, algorithm, 8))
    def check(called: Case) -> None:
        nonlocal decided, accepted
        images = varied(operation, called)
        decided += assert_equal(operation, images)
        accepted += sum(on_spec(operation, image) is not None for image in images)

    check()
    # Scales of quantize up to 2**40, exact parts of a routing, and registers whose roundings or
    # spills lie more than 62 bits apart may leave a row open.
    assert accepted > 0
    assert decided >= 0.95 * accepted
