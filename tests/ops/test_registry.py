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
)
from fxcaps.ops.registry import register
from fxcaps.strategies import ALGORITHMS
from fxcaps.types import Reason
from tests.support.outcomes import Rejected, rejection_of


def test_algorithms_are_the_published_ones() -> None:
    """Given the registry, when listed, then the names of parameter files stay as they are."""
    assert set(ALGORITHMS) == {
        ("add", ""),
        ("add", "lanes"),
        ("add", "shift"),
        ("affine", ""),
        ("agreement", ""),
        ("argmax", "squares"),
        ("argmax", "sticky"),
        ("argmax", "words"),
        ("conv2d", ""),
        ("conv2d", "pulp"),
        ("conv_routing", ""),
        ("conv_votes", ""),
        ("dense", ""),
        ("divide", "exact"),
        ("divide", "reciprocal"),
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
        ("sigmoid", "exact"),
        ("sigmoid", "lut"),
        ("softmax", "exact"),
        ("softmax", "lut"),
        ("softmax", "lut_reciprocal"),
        ("softmax", "constant"),
        ("softmax", "b2"),
        ("softmax", "lnu"),
        ("softmax", "q7"),
        ("softmax", "taylor"),
        ("squash", "exact"),
        ("squash", "exp"),
        ("squash", "isqrt_divide"),
        ("squash", "isqrt_factor"),
        ("squash", "lut"),
        ("squash", "norm"),
        ("squash", "pow2"),
        ("squash", "q7"),
        ("squash", "shift_reconstruction"),
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
    assert rejection_of(lambda: find_parameters("argmax", "b2")) == Rejected(
        Reason.NAME_UNKNOWN, "argmax has no algorithm 'b2'; known: squares, sticky, words"
    )
