"""The oracle: every operation in one line, against the specification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fxcaps
from fxcaps import oracle
from fxcaps.network import Tables
from fxcaps.ops import (
    OPERATIONS,
    Add,
    ArgmaxWords,
    Concat,
    DynamicRouting,
    Quantize,
    Requantize,
    RoutingIteration,
    SquashExact,
    SquashIsqrtDivide,
    Votes,
    WeightedSum,
    find_operation,
)
from fxcaps.oracle import Evaluation, evaluate
from fxcaps.spec import SPEC
from fxcaps.strategies import ALGORITHMS, Case, calls
from fxcaps.types import Event, Overflow, Reason, Tensor
from tests.engine.batches import varied
from tests.support.examples import EXAMPLES
from tests.support.outcomes import Rejected, rejection_of, spec_outcome
from tests.twin import Outcome

CASES = st.sampled_from([4, 8, 32])
EXAMPLES_EACH = max(1, settings().max_examples // 4)
"""A quarter: that engine and specification agree has tests of its own."""

BATCHED = sorted(set(EXAMPLES) - {"layout"})
"""Operations on one sample; the moves of layout concern every axis."""

SQUASHES = ", ".join(cls.__name__ for cls in OPERATIONS["squash"].algorithms)


def array(tensor: Tensor) -> Any:
    """The words of a tensor as an array."""
    return np.array(tensor.words, np.int64).reshape(tensor.shape)


def one_line(operation: str, called: Case) -> dict[str, Any]:
    """A call of the operation's function; outputs by port, as lists."""
    ports = [port.name for port in find_operation(operation).inputs if port.name in called.inputs]
    arrays = [array(called.inputs[port]) for port in ports]
    formats = {port: tensor.format for port, tensor in called.inputs.items()} | called.formats
    texts = {port: str(format) for port, format in formats.items()}
    made = getattr(oracle, operation)(*arrays, called.params, **texts)
    outputs = made if isinstance(made, dict) else {"out": made}
    for port, words in outputs.items():
        assert words.dtype == np.dtype(f"i{called.formats[port].container_bytes}")
    return {port: words.tolist() for port, words in outputs.items()}


def evaluated(called: Case, **options: Any) -> Evaluation:
    """The operation with its events."""
    inputs = {port: array(tensor) for port, tensor in called.inputs.items()}
    formats = {port: tensor.format for port, tensor in called.inputs.items()} | called.formats
    return evaluate(called.params, inputs, formats, **options)


def listed(found: Evaluation) -> Any:
    """Everything of an evaluation."""
    return {port: words.tolist() for port, words in found.outputs.items()}, found.events


def expected_of(outcome: Outcome) -> Any:
    """The specification's words and event counts in the same form."""
    events = {
        port: {event: count.count for event, count in seen.items()}
        for port, seen in outcome.events.items()
        if seen
    }
    return {port: array(tensor).tolist() for port, tensor in outcome.outputs.items()}, events


@pytest.mark.parametrize(("operation", "algorithm"), ALGORITHMS)
def test_gives_the_specs_words_and_events(operation: str, algorithm: str) -> None:
    """Given any call, when made in one line, then words, events or reason are the spec's."""

    @settings(max_examples=EXAMPLES_EACH)
    @given(CASES.flatmap(lambda bits: calls(operation, algorithm, bits)))
    def check(called: Case) -> None:
        expected = spec_outcome(operation, called)
        if isinstance(expected, Rejected):
            assert rejection_of(lambda: one_line(operation, called)).reason is expected.reason
        else:
            outputs, events = expected_of(expected)
            assert one_line(operation, called) == outputs
            assert listed(evaluated(called)) == (outputs, events)

    check()


@pytest.mark.parametrize("operation", BATCHED)
def test_leading_axes_are_the_batch(operation: str) -> None:
    """Given a call stacked along two leading axes, when made, then each has its own words."""
    calls = varied(operation, EXAMPLES[operation])
    constant = {port.name for port in find_operation(operation).inputs if port.constant}
    inputs = {}
    for port, tensor in calls[0].inputs.items():
        stack = np.stack([array(image.inputs[port]) for image in calls] * 3)
        inputs[port] = array(tensor) if port in constant else stack.reshape(3, 2, *tensor.shape)
    formats = {port: tensor.format for port, tensor in calls[0].inputs.items()}
    found = evaluate(calls[0].params, inputs, formats | calls[0].formats)
    singles = [evaluated(image) for image in calls]
    for port, words in found.outputs.items():
        pair = [single.outputs[port].tolist() for single in singles]
        assert words.tolist() == [pair] * 3
    counts: dict[str, dict[Event, int]] = {}
    for single in singles:
        for port, seen in single.events.items():
            for event, count in seen.items():
                port_counts = counts.setdefault(port, {})
                port_counts[event] = port_counts.get(event, 0) + 3 * count
    assert found.events == counts


@pytest.mark.parametrize("operation", sorted(EXAMPLES))
def test_the_spec_alone_gives_the_same(operation: str) -> None:
    """Given the specification without an engine, when evaluated, then nothing differs."""
    called = EXAMPLES[operation]
    assert listed(evaluated(called, tables=Tables(SPEC))) == listed(evaluated(called))


@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", ">i4", list])
def test_takes_any_integers(dtype: Any) -> None:
    """Given words of any integer type or a list, when requantised, then the same comes out."""
    words = [[0, 1, 2], [3, 64, 127]]
    given_words = words if dtype is list else np.array(words, dtype)
    found = fxcaps.requantize(given_words, Requantize(), x="s8f4", out="s8f3")
    assert (found.tolist(), found.dtype.str) == ([[0, 1, 1], [2, 32, 64]], "|i1")


@pytest.mark.parametrize(
    ("out", "container"),
    [("s8f0", "|i1"), ("u8f0", "<i2"), ("s17f0", "<i4"), ("u31f0", "<i4"), ("u32f0", "<i8")],
)
def test_gives_the_smallest_container(out: str, container: str) -> None:
    """Given an output format, when evaluated, then its words come in the smallest container."""
    assert fxcaps.requantize([1], Requantize(), x="s8f0", out=out).dtype.str == container


def test_known_vectors() -> None:
    """Given a vector, when squashed in one line, then the words are those worked out by hand."""
    # s = (1, 1/2): |s| = sqrt(5/4), |s| / (1 + |s|**2) = sqrt(5/4) / (9/4) = 0.4969; 64ths
    found = fxcaps.squash([[32, 16]], SquashIsqrtDivide(guard=4), x="s8f5", out="s8f7")
    assert found.tolist() == [[64, 32]]
    assert fxcaps.squash([[32, 16]], SquashExact(), x="s8f5", out="s12f11").tolist() == [
        [1018, 509]
    ]


def test_several_outputs_come_by_port() -> None:
    """Given routing, when made in one line, then every tensor of its iterations comes by name."""
    votes = [[[16, 0], [0, 16]]]
    params = DynamicRouting(iterations=(RoutingIteration(),))
    formats = {"b0": "s8f4", "c0": "u8f8", "s0": "s8f4", "v0": "s8f7"}
    found = fxcaps.dynamic_routing(votes, params, votes="s8f4", **formats)
    assert {port: words.tolist() for port, words in found.items()} == {
        "b0": [[0, 0]],
        "c0": [[128, 128]],
        "s0": [[8, 0], [0, 8]],
        "v0": [[26, 0], [0, 26]],
    }


def test_no_images_are_no_words() -> None:
    """Given an empty batch, when evaluated on either, then its outputs are empty."""
    for tables in (oracle.TABLES, Tables(SPEC)):
        found = evaluate(
            SquashExact(),
            {"x": np.zeros((0, 2, 3), np.int8)},
            {"x": "s8f4", "out": "s8f7"},
            tables=tables,
        )
        assert found.outputs["out"].shape == (0, 2, 3)
        assert found.events == {}


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_has_its_line(operation: str) -> None:
    """Given an operation, when its function is asked, then name and help tell its ports."""
    function = getattr(oracle, operation)
    ports = ", ".join(port.name for port in OPERATIONS[operation].inputs)
    assert function.__name__ == operation
    assert f"Takes arrays for {ports}, then the parameters" in " ".join(function.__doc__.split())


WORDS = np.array([1, -2, 3])
FORMATS = {"x": "s8f4", "out": "s8f4"}


@pytest.mark.parametrize(
    ("call", "reason", "message"),
    [
        (
            lambda: fxcaps.requantize(WORDS / 2, Requantize(), **FORMATS),
            Reason.DATA_INVALID,
            "x: expected integers, found float64",
        ),
        (
            lambda: fxcaps.requantize(WORDS > 0, Requantize(), **FORMATS),
            Reason.DATA_INVALID,
            "x: expected integers, found bool",
        ),
        (
            lambda: fxcaps.requantize([2**70], Requantize(), **FORMATS),
            Reason.DATA_INVALID,
            "x: expected integers, found object",
        ),
        (
            lambda: fxcaps.requantize([[1, 2], [3, 128]], Requantize(), **FORMATS),
            Reason.WORD_OUT_OF_RANGE,
            "requantize x: word 128 at (1, 1) is outside s8f4 [-128, 127]",
        ),
        (
            lambda: fxcaps.requantize(WORDS, Requantize(), out="s8f4"),
            Reason.PORT_MISMATCH,
            "requantize: no format is given for x",
        ),
        (
            lambda: fxcaps.requantize(WORDS, Requantize(), x="s8f4"),
            Reason.PORT_MISMATCH,
            "requantize needs formats of out, found none",
        ),
        (
            lambda: fxcaps.requantize(WORDS, Requantize(), **FORMATS, y="s8f4"),
            Reason.PORT_MISMATCH,
            "requantize needs formats of out, found out, y",
        ),
        (
            lambda: fxcaps.requantize(WORDS, Requantize(), x="s8", out="s8f4"),
            Reason.FORMAT_INVALID,
            "expected a format such as 's8f5' or 'u16f16', found 's8'",
        ),
        (
            lambda: fxcaps.requantize(WORDS, Requantize(), x="s8f4", out="s70f4"),
            Reason.FORMAT_INVALID,
            "requantize out: s70f4 has no signed container of at most 64 bits",
        ),
        (
            lambda: fxcaps.requantize([2**63], Requantize(), x="u64f4", out="s8f4"),
            Reason.FORMAT_INVALID,
            "requantize x: u64f4 has no signed container of at most 64 bits",
        ),
        (
            lambda: fxcaps.requantize(WORDS, Add(), **FORMATS),
            Reason.PARAMETER_INVALID,
            "requantize takes x and then its parameters, one of Requantize",
        ),
        (
            lambda: fxcaps.squash(WORDS, **FORMATS),
            Reason.PARAMETER_INVALID,
            f"squash takes x and then its parameters, one of {SQUASHES}",
        ),
        (
            lambda: fxcaps.squash(**FORMATS),
            Reason.PARAMETER_INVALID,
            f"squash takes x and then its parameters, one of {SQUASHES}",
        ),
        (
            lambda: fxcaps.squash(WORDS, WORDS, SquashExact(), **FORMATS),
            Reason.PORT_MISMATCH,
            "squash has 1 inputs, found 2",
        ),
        (
            lambda: fxcaps.add(WORDS, Add(), a="s8f4", out="s8f4"),
            Reason.PORT_MISMATCH,
            "add takes inputs a, b, found a",
        ),
        (
            lambda: fxcaps.add(WORDS, WORDS[:2], Add(), a="s8f4", b="s8f4", out="s8f4"),
            Reason.SHAPE_MISMATCH,
            "add needs equal shapes, found (3,) and (2,)",
        ),
        (
            lambda: fxcaps.add([WORDS], WORDS, Add(), a="s8f4", b="s8f4", out="s8f4"),
            Reason.SHAPE_MISMATCH,
            "add: batch axes differ: a (1,), b ()",
        ),
        (
            lambda: fxcaps.votes([[1, 2]], [[[[1]]]], Votes(), u="s8f0", weight="s8f0", out="s8f0"),
            Reason.SHAPE_MISMATCH,
            "votes: weight (1, 1, 1, 1) needs u of shape (1, 1), found (1, 2)",
        ),
        (
            lambda: fxcaps.weighted_sum(
                [[1]],
                [[[1]]],
                [[1]],
                WeightedSum(),
                c="u8f1",
                votes="s8f1",
                bias="s8f3",
                out="s8f0",
            ),
            Reason.FORMAT_MISMATCH,
            "weighted_sum: bias s8f3 has more fraction bits than the accumulator (2)",
        ),
        (
            lambda: fxcaps.layout([1], [2], Concat(axis=0), x="s8f1", y="s8f2", out="s8f1"),
            Reason.FORMAT_MISMATCH,
            "layout concat: x is s8f1, y is s8f2",
        ),
        (
            lambda: fxcaps.argmax(WORDS, ArgmaxWords(), x="s8f0", out="u8f0"),
            Reason.FORMAT_MISMATCH,
            "argmax out must be u2f0, found u8f0",
        ),
        (
            lambda: fxcaps.requantize(
                [5, 99], Requantize(overflow=Overflow.REJECT), x="s8f0", out="s4f0"
            ),
            Reason.OUTPUT_OUT_OF_RANGE,
            "out[1]: 99 is outside s4f0 [-8, 7]",
        ),
        (
            lambda: evaluate(RoutingIteration(), {}, {}),
            Reason.NAME_UNKNOWN,
            f"no operation 'routing_iteration'; known: {', '.join(sorted(OPERATIONS))}",
        ),
        (
            lambda: evaluate(Quantize(), {}, {"out": "s8f0"}, tables=Tables(SPEC)),
            Reason.PORT_MISMATCH,
            "quantize takes inputs x, found none",
        ),
        (
            lambda: evaluate(Quantize(), {"x": WORDS}, FORMATS, tables=Tables({})),
            Reason.NAME_UNKNOWN,
            "the tables have no operation 'quantize'",
        ),
    ],
)
def test_rejects(call: Callable[[], object], reason: Reason, message: str) -> None:
    """Given words, formats, ports or parameters that do not fit, then one line says which."""
    assert rejection_of(call) == Rejected(reason, message)
