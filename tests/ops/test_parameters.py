"""Parameters: validated when made, written to and read from JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import (
    OPERATIONS,
    Add,
    AddLanes,
    AddShift,
    Conv2d,
    DynamicRouting,
    Parameters,
    Quantize,
    Reshape,
    RoutingIteration,
    SoftmaxLut,
    SquashIsqrtDivide,
    WeightedSum,
    decode,
    encode,
    find_parameters,
)
from fxcaps.strategies import ALGORITHMS, Case, calls
from fxcaps.types import Accumulator, Check, Format, Overflow, Reason, Rounding
from tests.support.light import LIGHT
from tests.support.outcomes import Rejected, rejection_of


def _read(data: Any) -> Parameters:
    return decode(data, find_parameters, "step 3")


@pytest.mark.parametrize(("operation", "algorithm"), ALGORITHMS)
def test_reads_back_what_it_wrote(operation: str, algorithm: str) -> None:
    """Given any parameters, when written in full or in short and read, then they are equal."""

    @LIGHT
    @given(calls(operation, algorithm))
    def check(called: Case) -> None:
        for explicit in (True, False):
            text = json.dumps(encode(called.params, explicit=explicit))
            assert _read(json.loads(text)) == called.params

    check()


@pytest.mark.parametrize(("operation", "algorithm"), ALGORITHMS)
def test_head_names_operation_and_algorithm(operation: str, algorithm: str) -> None:
    """Given a parameter class, when found by name, then it knows both of its names."""
    found = find_parameters(operation, algorithm)
    assert (found.operation, found.algorithm) == (operation, algorithm)
    assert found in OPERATIONS[operation].algorithms


def test_written_in_full() -> None:
    """Given a convolution, when written in full, then every field is there."""
    register = Accumulator(format=Format(True, 24, 12), check=Check.FINAL)
    assert encode(Conv2d(stride=(2, 1), relu=True, accumulator=register)) == {
        "op": "conv2d",
        "stride": [2, 1],
        "padding": [0, 0, 0, 0],
        "relu": True,
        "accumulator": {"format": "s24f12", "check": "final"},
        "rounding": "ties_to_pos_inf",
        "overflow": "saturate",
    }


def test_written_in_short() -> None:
    """Given parts with defaults, when written in short, then only what differs is there."""
    part = RoutingIteration(
        squash=SquashIsqrtDivide(guard=3, overflow=Overflow.WRAP),
        weighted_sum=WeightedSum(rounding=Rounding.FLOOR),
    )
    assert encode(DynamicRouting(iterations=(part,)), explicit=False) == {
        "op": "dynamic_routing",
        "iterations": [
            {
                "squash": {
                    "op": "squash",
                    "algorithm": "isqrt_divide",
                    "guard": 3,
                    "overflow": "wrap",
                },
                "weighted_sum": {"rounding": "floor"},
            }
        ],
    }


def test_another_addition_says_its_name() -> None:
    """Given updates by other algorithms, when written, then those alone have a head, and return."""
    updates = (Add(), AddShift(shift=3), AddLanes(lane_axis=-2))
    params = DynamicRouting(iterations=tuple(RoutingIteration(update=u) for u in updates))
    written = encode(params, explicit=False)
    assert [part.get("update") for part in written["iterations"]] == [
        None,
        {"op": "add", "algorithm": "shift", "shift": 3},
        {"op": "add", "algorithm": "lanes", "lane_axis": -2},
    ]
    assert _read(written) == params
    assert _read(encode(params)) == params
    assert encode(params)["iterations"][0]["update"] == {
        "rounding": "ties_to_pos_inf",
        "overflow": "saturate",
    }


def test_a_default_register_is_empty() -> None:
    """Given an unbounded accumulator, when written in full, then it has no field."""
    written = encode(WeightedSum())
    assert written["accumulator"] == {}
    assert _read(written) == WeightedSum()


@pytest.mark.parametrize(
    ("data", "reason", "message"),
    [
        (
            [1, 2],
            Reason.PARAMETER_INVALID,
            "step 3: expected an object with a field 'op', found [1, 2]",
        ),
        (
            {"rounding": "floor"},
            Reason.PARAMETER_INVALID,
            "step 3: expected an object with a field 'op', found {'rounding': 'floor'}",
        ),
        (
            {"op": 5},
            Reason.PARAMETER_INVALID,
            "step 3: expected an object with a field 'op', found {'op': 5}",
        ),
        (
            {"op": "subtract"},
            Reason.NAME_UNKNOWN,
            f"no operation 'subtract'; known: {', '.join(sorted(OPERATIONS))}",
        ),
        (
            {"op": "squash"},
            Reason.NAME_UNKNOWN,
            (
                "squash has no algorithm ''; known: exact, exp, isqrt_divide, isqrt_factor, "
                "lut, norm, pow2, q7, shift_reconstruction"
            ),
        ),
        (
            {"op": "add", "algorithm": "fast"},
            Reason.NAME_UNKNOWN,
            "add has no algorithm 'fast'; known: lanes, shift, the one without a name",
        ),
        (
            {"op": "add", "ronding": "floor"},
            Reason.PARAMETER_INVALID,
            "step 3: unknown field 'ronding'; known: rounding, overflow",
        ),
        (
            {"op": "softmax", "algorithm": "lut", "table": [1]},
            Reason.PARAMETER_INVALID,
            "step 3: field 'index_frac' is missing",
        ),
        (
            {"op": "dynamic_routing"},
            Reason.PARAMETER_INVALID,
            "step 3: field 'iterations' is missing",
        ),
        (
            {"op": "add", "rounding": "nearest"},
            Reason.PARAMETER_INVALID,
            (
                "step 3.rounding: expected one of floor, ceil, toward_zero, away_from_zero, "
                "ties_to_pos_inf, ties_to_neg_inf, ties_away, ties_to_zero, ties_to_even, "
                "ties_to_odd, jam, found 'nearest'"
            ),
        ),
        (
            {"op": "add", "overflow": ["wrap"]},
            Reason.PARAMETER_INVALID,
            (
                "step 3.overflow: expected one of saturate, wrap, saturate_symmetric, "
                "saturate_to_zero, reject, found ['wrap']"
            ),
        ),
        (
            {"op": "conv2d", "stride": 2},
            Reason.PARAMETER_INVALID,
            "step 3.stride: expected a list, found 2",
        ),
        (
            {"op": "conv2d", "stride": [1, 2, 3]},
            Reason.PARAMETER_INVALID,
            "step 3: conv2d.stride must have 2 entries, found 3",
        ),
        (
            {"op": "conv2d", "stride": [1, "2"]},
            Reason.PARAMETER_INVALID,
            "step 3: conv2d.stride[1] must be of type int, found '2'",
        ),
        (
            {"op": "conv2d", "relu": 1},
            Reason.PARAMETER_INVALID,
            "step 3: conv2d.relu must be of type bool, found 1",
        ),
        (
            {"op": "conv2d", "accumulator": "s16f8"},
            Reason.PARAMETER_INVALID,
            "step 3.accumulator: expected an object, found 's16f8'",
        ),
        (
            {"op": "conv2d", "accumulator": {"width": 16}},
            Reason.PARAMETER_INVALID,
            (
                "step 3.accumulator: unknown field 'width'; known: format, overflow, check, "
                "round_at, product, rounding, product_overflow, init, bias_at, order, tile"
            ),
        ),
        (
            {"op": "conv2d", "accumulator": {"order": "tree"}},
            Reason.PARAMETER_INVALID,
            (
                "step 3.accumulator.order: expected an object of kind sequential, pairwise, tree, "
                "permutation, found 'tree'"
            ),
        ),
        (
            {"op": "conv2d", "accumulator": {"order": {"kind": "tree", "size": 2}}},
            Reason.PARAMETER_INVALID,
            "step 3.accumulator.order: unknown field 'size'; known: node",
        ),
        (
            {"op": "conv2d", "accumulator": {"tile": {"count": 2}}},
            Reason.PARAMETER_INVALID,
            "step 3.accumulator.tile: field 'spill' is missing",
        ),
        (
            {"op": "conv2d", "accumulator": {"order": {"kind": "pairwise", "size": "2"}}},
            Reason.PARAMETER_INVALID,
            "step 3.accumulator.order: accumulator: pairwise.size is '2', which is not of its type",
        ),
        (
            {"op": "conv2d", "accumulator": {"check": "final"}},
            Reason.PARAMETER_INVALID,
            "step 3.accumulator: accumulator: check=final needs a format",
        ),
        (
            {"op": "quantize", "denominator": 0},
            Reason.PARAMETER_INVALID,
            "step 3: quantize: denominator must be at least 1, found 0",
        ),
        (
            {"op": "quantize", "denominator": 255.0},
            Reason.PARAMETER_INVALID,
            "step 3: quantize.denominator must be of type int, found 255.0",
        ),
        (
            {"op": "quantize", "numerator": True},
            Reason.PARAMETER_INVALID,
            "step 3: quantize.numerator must be of type int, found True",
        ),
        (
            {"op": "dynamic_routing", "iterations": [{}, {"squash": {"op": "add"}}]},
            Reason.PARAMETER_INVALID,
            (
                "step 3.iterations[1]: routing iteration's squash takes parameters of squash, "
                "found add"
            ),
        ),
        (
            {"op": "dynamic_routing", "iterations": [{"update": {"op": "add"}}]},
            Reason.PARAMETER_INVALID,
            "step 3.iterations[0].update: unknown field 'op'; known: rounding, overflow",
        ),
        (
            {"op": "dynamic_routing", "iterations": [{"softmax": {"table": [1]}}]},
            Reason.PARAMETER_INVALID,
            (
                "step 3.iterations[0].softmax: expected an object with a field 'op', found "
                "{'table': [1]}"
            ),
        ),
    ],
)
def test_data_that_is_no_parameters(data: Any, reason: Reason, message: str) -> None:
    """Given data that `encode` does not write, when read, then place and fault are named."""
    assert rejection_of(lambda: _read(data)) == Rejected(reason, message)


@pytest.mark.parametrize("algorithm", [["exact"], {"name": "exact"}, None, 5])
def test_algorithm_that_is_no_text(algorithm: Any) -> None:
    """Given a list, an object or a number as algorithm, when read, then it is rejected."""
    assert rejection_of(lambda: _read({"op": "squash", "algorithm": algorithm})) == Rejected(
        Reason.PARAMETER_INVALID, f"step 3: 'algorithm' must be text, found {algorithm!r}"
    )


@pytest.mark.parametrize(
    ("format", "message"),
    [
        (8, "a format is text such as 's8f5', found 8"),
        ("q8", "expected a format such as 's8f5' or 'u16f16', found 'q8'"),
    ],
)
def test_register_format_that_is_no_format(format: Any, message: str) -> None:
    """Given what is no format as a register's, when read, then its place is named."""
    data = {"op": "votes", "accumulator": {"format": format}}
    assert rejection_of(lambda: _read(data)).message == f"step 3.accumulator.format: {message}"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Add(rounding="floor"),  # type: ignore[arg-type]
            (
                "add.rounding must be of type Rounding or Philox or Lfsr or QcapsnetsRtn or "
                "QcapsnetsStochastic or QcapsnetsLogarithmic, found 'floor'"
            ),
        ),
        (
            lambda: Reshape(shape=[2, 3]),  # type: ignore[arg-type]
            "layout reshape.shape must be a tuple, found [2, 3]",
        ),
        (
            lambda: Reshape(shape=(2, 3.0)),  # type: ignore[arg-type]
            "layout reshape.shape[1] must be of type int, found 3.0",
        ),
        (
            lambda: SoftmaxLut(table=(1, True), index_frac=0),
            "softmax lut.table[1] must be of type int, found True",
        ),
        (
            lambda: Quantize(numerator=False),
            "quantize.numerator must be of type int, found False",
        ),
        (
            lambda: WeightedSum(accumulator=None),  # type: ignore[arg-type]
            "weighted_sum.accumulator must be of type Accumulator, found None",
        ),
    ],
)
def test_values_of_the_wrong_type(make: Callable[[], Parameters], message: str) -> None:
    """Given a value of another type, when parameters are made, then the field is named."""
    assert rejection_of(make) == Rejected(Reason.PARAMETER_INVALID, message)
