"""What every normative function refuses before it reads a word."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from fxcaps.ops import OPERATIONS, Add, Parameters, Requantize
from fxcaps.strategies import Case
from fxcaps.types import Accumulator, Check, Format, Overflow, Reason
from tests.support.examples import EXAMPLES
from tests.support.outcomes import Rejected, spec_outcome

PORTS = {
    "add": "a, b",
    "affine": "x",
    "agreement": "v, votes",
    "argmax": "x",
    "conv2d": "bias, weight, x",
    "conv_routing": "bias, votes",
    "conv_votes": "bias, u, weight",
    "dense": "bias, weight, x",
    "divide": "a, b",
    "dynamic_routing": "bias, votes",
    "isqrt": "x",
    "layout": "index, x, y",
    "length": "x",
    "quantize": "x",
    "requantize": "x",
    "relu": "x",
    "rescale": "x",
    "sigmoid": "x",
    "softmax": "x",
    "squash": "x",
    "votes": "u, weight",
    "weighted_sum": "bias, c, votes",
}

OPERATION = pytest.mark.parametrize("operation", sorted(OPERATIONS))

SUMS = {
    "agreement": 8,
    "conv2d": 8,
    "conv_votes": 8,
    "dense": 8,
    "length": 8,
    "votes": 8,
    "weighted_sum": 12,
}
"""Operations with an accumulator and the fraction bits of their examples' products."""


def _with(called: Case, **changes: object) -> Case:
    """The call with other values of some parameter fields."""
    return called._replace(params=replace(called.params, **changes))


@OPERATION
def test_example_is_accepted(operation: str) -> None:
    """Given the example that the tests below break, when computed, then it is not rejected."""
    assert not isinstance(spec_outcome(operation, EXAMPLES[operation]), Rejected)


@OPERATION
def test_foreign_parameters(operation: str) -> None:
    """Given parameters of another operation, when computed, then both are named."""
    foreign: Parameters = Requantize() if operation == "add" else Add()
    called = EXAMPLES[operation]._replace(params=foreign)
    assert spec_outcome(operation, called) == Rejected(
        Reason.PARAMETER_INVALID, f"{operation} does not take {type(foreign).__name__}"
    )


@OPERATION
def test_missing_input(operation: str) -> None:
    """Given a call without a required input, when computed, then the ports are named."""
    called = EXAMPLES[operation]
    required = {port.name for port in OPERATIONS[operation].inputs if not port.optional}
    for name in sorted(required):
        rest = {port: words for port, words in called.inputs.items() if port != name}
        found = ", ".join(sorted(rest)) or "none"
        assert spec_outcome(operation, called._replace(inputs=rest)) == Rejected(
            Reason.PORT_MISMATCH, f"{operation} takes inputs {PORTS[operation]}, found {found}"
        )


@OPERATION
def test_unknown_input(operation: str) -> None:
    """Given a call with an input too many, when computed, then the ports are named."""
    called = EXAMPLES[operation]
    inputs = called.inputs | {"z": next(iter(called.inputs.values()))}
    assert spec_outcome(operation, called._replace(inputs=inputs)) == Rejected(
        Reason.PORT_MISMATCH,
        f"{operation} takes inputs {PORTS[operation]}, found {', '.join(sorted(inputs))}",
    )


@OPERATION
def test_missing_output_format(operation: str) -> None:
    """Given a call without output formats, when computed, then the outputs are named."""
    called = EXAMPLES[operation]
    outputs = ", ".join(sorted(called.formats))
    assert spec_outcome(operation, called._replace(formats={})) == Rejected(
        Reason.PORT_MISMATCH, f"{operation} needs formats of {outputs}, found none"
    )


@OPERATION
def test_unknown_output_format(operation: str) -> None:
    """Given a format of an output that is not made, when computed, then it is named."""
    called = EXAMPLES[operation]
    outputs = ", ".join(sorted(called.formats))
    formats = called.formats | {"z": Format(True, 8, 0)}
    assert spec_outcome(operation, called._replace(formats=formats)) == Rejected(
        Reason.PORT_MISMATCH, f"{operation} needs formats of {outputs}, found {outputs}, z"
    )


@OPERATION
def test_one_signed_bit_is_not_symmetric(operation: str) -> None:
    """Given one signed output bit, when saturated symmetrically, then the call is rejected."""
    called = EXAMPLES[operation]
    if "overflow" not in {field.name for field in fields(called.params)}:
        assert operation in ("argmax", "conv_routing", "dynamic_routing", "layout")
        return
    called = _with(called, overflow=Overflow.SATURATE_SYMMETRIC)
    assert not isinstance(spec_outcome(operation, called), Rejected)
    one_bit = called._replace(formats={"out": Format(True, 1, 0)})
    assert spec_outcome(operation, one_bit) == Rejected(
        Reason.PARAMETER_INVALID,
        f"{operation} out: saturate_symmetric needs at least 2 signed bits",
    )
    unsigned = called._replace(formats={"out": Format(False, 1, 0)})
    assert not isinstance(spec_outcome(operation, unsigned), Rejected)


@pytest.mark.parametrize("operation", sorted(SUMS))
@pytest.mark.parametrize("check", Check)
def test_register_has_the_fraction_of_the_products(operation: str, check: Check) -> None:
    """Given a register with another fraction than the products, then the call is rejected."""
    frac = SUMS[operation]
    for off in (-1, 1):
        register = Accumulator(format=Format(True, 48, frac + off), check=check)
        called = _with(EXAMPLES[operation], accumulator=register)
        assert spec_outcome(operation, called) == Rejected(
            Reason.FORMAT_MISMATCH,
            f"{operation} out: products have {frac} fraction bits, the accumulator "
            f"s48f{frac + off} has {frac + off}",
        )
    fitting = Accumulator(format=Format(True, 48, frac), check=check)
    assert spec_outcome(operation, _with(EXAMPLES[operation], accumulator=fitting)) == (
        spec_outcome(operation, EXAMPLES[operation])
    )


@pytest.mark.parametrize("operation", ["conv2d", "conv_votes", "dense", "weighted_sum"])
def test_bias_aligns_by_a_left_shift(operation: str) -> None:
    """Given a bias with a bit more than the products, when summed, then it is rejected."""
    called, frac = EXAMPLES[operation], SUMS[operation]
    bias = called.inputs["bias"]
    finest = replace(bias, format=Format(True, 8, frac))
    kept = called._replace(inputs=called.inputs | {"bias": finest})
    assert not isinstance(spec_outcome(operation, kept), Rejected)
    finer = replace(bias, format=Format(True, 8, frac + 1))
    called = called._replace(inputs=called.inputs | {"bias": finer})
    assert spec_outcome(operation, called) == Rejected(
        Reason.FORMAT_MISMATCH,
        f"{operation}: bias s8f{frac + 1} has more fraction bits than the accumulator ({frac})",
    )
