"""The tables of operations, normative functions and twins name the same operations."""

from __future__ import annotations

from fxcaps.ops import OPERATIONS
from fxcaps.spec import SPEC
from fxcaps.strategies import ALGORITHMS
from tests.support.examples import EXAMPLES
from tests.twin import TWIN


def test_every_operation_has_a_normative_function() -> None:
    """Given the registry, when compared with the specification's table, then keys are equal."""
    assert set(SPEC) == set(OPERATIONS)


def test_every_operation_that_computes_has_a_twin() -> None:
    """Given the registry, when compared with the twins, then only data movement has none."""
    assert set(OPERATIONS) - set(TWIN) == {"layout"}


def test_every_operation_has_an_example_and_cases() -> None:
    """Given the registry, when compared with the test support, then nothing is left out."""
    assert set(EXAMPLES) == {name for name, _ in ALGORITHMS} == set(OPERATIONS)
