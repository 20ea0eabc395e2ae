"""The registry: operations by name."""

from __future__ import annotations

import pytest

from fxcaps.ops import (
    OPERATIONS,
    Add,
    SquashExact,
    find_operation,
    find_parameters,
    operation_of,
    register,
)
from fxcaps.types import Reason
from tests.support.cases import ALGORITHMS
from tests.support.outcomes import Rejected, rejection_of


def test_algorithms_are_the_published_ones() -> None:
    """Given the registry, when listed, then the names of parameter files stay as they are."""
    assert set(ALGORITHMS) == {
        ("add", ""),
        ("affine", ""),
        ("agreement", ""),
        ("argmax", "squares"),
        ("argmax", "words"),
        ("conv2d", ""),
        ("dense", ""),
        ("dynamic_routing", ""),
        ("isqrt", ""),
        ("layout", "concat"),
        ("layout", "mask"),
        ("layout", "reshape"),
        ("layout", "take"),
        ("layout", "transpose"),
        ("length", ""),
        ("quantize", ""),
        ("relu", ""),
        ("requantize", ""),
        ("rescale", "double"),
        ("rescale", "single"),
        ("rescale", "tosa_double"),
        ("softmax", "exact"),
        ("softmax", "lut"),
        ("squash", "exact"),
        ("squash", "isqrt_divide"),
        ("votes", ""),
        ("weighted_sum", ""),
    }


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_operation_by_name_and_by_parameters(name: str) -> None:
    """Given an operation, when found by name, then it is the one its parameters belong to."""
    operation = find_operation(name)
    assert operation.name == name
    assert {cls.operation for cls in operation.algorithms} == {name}


def test_operation_of_parameters() -> None:
    """Given parameters, when asked, then the descriptor of their operation is found."""
    assert operation_of(Add()) is OPERATIONS["add"]
    assert operation_of(SquashExact()) is OPERATIONS["squash"]


def test_a_name_is_given_once() -> None:
    """Given a registered operation, when registered again, then it is rejected."""
    before = dict(OPERATIONS)
    assert rejection_of(lambda: register(OPERATIONS["add"])) == Rejected(
        Reason.PARAMETER_INVALID, "an operation named add is registered already"
    )
    assert before == OPERATIONS


def test_unknown_names() -> None:
    """Given names that do not exist, when asked, then the known ones are listed."""
    known = ", ".join(sorted(OPERATIONS))
    assert rejection_of(lambda: find_operation("mul")) == Rejected(
        Reason.NAME_UNKNOWN, f"no operation 'mul'; known: {known}"
    )
    assert rejection_of(lambda: find_parameters("softmax", "b2")) == Rejected(
        Reason.NAME_UNKNOWN, "softmax has no algorithm 'b2'; known: exact, lut"
    )
