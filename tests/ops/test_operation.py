"""What every descriptor answers: ports, formats, signs, the quantiser's choices."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import (
    OPERATIONS,
    Add,
    ArgmaxSquares,
    ArgmaxWords,
    Arithmetic,
    Conv2d,
    EpsilonAt,
    Isqrt,
    Parameters,
    Quantize,
    Requantize,
    Reshape,
    SoftmaxExact,
    SoftmaxLut,
    SquashExact,
    SquashIsqrtDivide,
    SquashIsqrtFactor,
    SquashLut,
    Votes,
)
from fxcaps.strategies import ALGORITHMS, Case, calls
from fxcaps.types import (
    Accumulator,
    Format,
    Overflow,
    Reason,
    Rounding,
    Signature,
)
from tests.support.examples import EXAMPLES
from tests.support.light import LIGHT
from tests.support.outcomes import Rejected, rejection_of, spec_outcome
from tests.twin import Outcome

S8, U8 = Format(True, 8, 4), Format(False, 8, 8)

WRAPPING = Arithmetic(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_guard_accepts_the_example(operation: str) -> None:
    """Given a valid call, when guarded, then its output shapes are those the words have."""
    called = EXAMPLES[operation]
    signatures = {name: words.signature for name, words in called.inputs.items()}
    found = spec_outcome(operation, called)
    assert isinstance(found, Outcome)
    shapes = OPERATIONS[operation].guard(called.params, signatures, called.formats)
    assert shapes == {port: words.shape for port, words in found.outputs.items()}


@pytest.mark.parametrize(
    ("inputs", "formats", "message"),
    [
        ({}, {"out": S8}, "add takes inputs a, b, found none"),
        ({"a": S8}, {"out": S8}, "add takes inputs a, b, found a"),
        ({"a": S8, "b": S8, "c": S8}, {"out": S8}, "add takes inputs a, b, found a, b, c"),
        ({"a": S8, "b": S8}, {}, "add needs formats of out, found none"),
        ({"a": S8, "b": S8}, {"y": S8}, "add needs formats of out, found y"),
    ],
)
def test_guard_names_ports(
    inputs: dict[str, Format], formats: dict[str, Format], message: str
) -> None:
    """Given too few or too many ports, when guarded, then expected and found are named."""
    signatures = {name: Signature((2,), format) for name, format in inputs.items()}
    found = rejection_of(lambda: OPERATIONS["add"].guard(Add(), signatures, formats))
    assert found == Rejected(Reason.PORT_MISMATCH, message)


@pytest.mark.parametrize(("operation", "algorithm"), ALGORITHMS)
def test_nonnegative_outputs(operation: str, algorithm: str) -> None:
    """Given any call that does not wrap, when an output cannot be negative, then no word is."""

    @LIGHT
    @given(calls(operation, algorithm))
    def check(called: Case) -> None:
        inputs = {name: words.format for name, words in called.inputs.items()}
        ports = OPERATIONS[operation].nonnegative(called.params, inputs)
        assert ports <= set(called.formats)
        found = spec_outcome(operation, called)
        parts: Any = getattr(called.params, "iterations", (called.params,))
        modes = {getattr(getattr(part, "softmax", part), "overflow", None) for part in parts}
        if isinstance(found, Outcome) and Overflow.WRAP not in modes:
            assert all(min(found.outputs[port].words, default=0) >= 0 for port in ports)

    check()


@pytest.mark.parametrize(
    ("params", "inputs", "ports"),
    [
        (Quantize(), {"x": U8}, {"out"}),
        (Quantize(), {"x": S8}, set()),
        (Add(), {"a": U8, "b": U8}, {"out"}),
        (Add(), {"a": U8, "b": S8}, set()),
        (Conv2d(relu=True), {"x": S8, "weight": S8}, {"out"}),
        (Conv2d(), {"x": S8, "weight": S8}, set()),
        (SoftmaxExact(), {"x": S8}, {"out"}),
        (SquashExact(), {"x": S8}, set()),
        (SquashExact(), {"x": U8}, {"out"}),
        (SquashLut(table=(1,), table_format=U8), {"x": U8}, {"out"}),
        (SquashLut(table=(-1,), table_format=S8), {"x": U8}, set()),
        (SquashIsqrtFactor(factor_format=S8), {"x": U8}, set()),
        (Isqrt(), {"x": S8}, {"out"}),
        (ArgmaxWords(), {"x": S8}, {"out"}),
        (Reshape(shape=()), {"x": U8}, {"out"}),
        (Reshape(shape=()), {"x": S8}, set()),
        (Votes(), {"u": S8, "weight": S8}, set()),
    ],
)
def test_sign_of_outputs(params: Parameters, inputs: dict[str, Format], ports: set[str]) -> None:
    """Given input formats, when asked, then the outputs without a sign are named."""
    assert OPERATIONS[params.operation].nonnegative(params, inputs) == ports


@pytest.mark.parametrize(
    ("operation", "ranks"),
    [
        ("add", {"a": 1, "b": 1}),
        ("agreement", {"votes": 3, "v": 2}),
        ("argmax", {"x": 1}),
        ("conv2d", {"x": 3, "weight": 4, "bias": 1}),
        ("conv_routing", {"votes": 5, "bias": 2}),
        ("conv_votes", {"u": 4, "weight": 6, "bias": 3}),
        ("divide", {"a": 1, "b": 1}),
        ("dynamic_routing", {"votes": 3, "bias": 2}),
        ("affine", {"x": 1}),
        ("dense", {"x": 1, "weight": 2, "bias": 1}),
        ("relu", {"x": 1}),
        ("rescale", {"x": 1}),
        ("isqrt", {"x": 1}),
        ("layout", {"x": None, "y": None, "index": None}),
        ("length", {"x": 1}),
        ("quantize", {"x": 1}),
        ("requantize", {"x": 1}),
        ("sigmoid", {"x": 1}),
        ("softmax", {"x": 1}),
        ("squash", {"x": 1}),
        ("votes", {"u": 2, "weight": 4}),
        ("weighted_sum", {"c": 2, "votes": 3, "bias": 2}),
    ],
)
def test_axes_of_a_sample(operation: str, ranks: dict[str, int | None]) -> None:
    """Given an operation, when asked, then the axes that one sample has are known by port."""
    descriptor, params = OPERATIONS[operation], EXAMPLES[operation].params
    assert {port.name: descriptor.rank(params, port.name) for port in descriptor.inputs} == ranks


def test_axes_of_capsules_in_argmax() -> None:
    """Given comparison by squares, when asked, then a sample has a vector axis too."""
    assert OPERATIONS["argmax"].rank(ArgmaxSquares(), "x") == 2


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_aligned_ports_have_a_largest_fraction(operation: str) -> None:
    """Given a valid call, when asked, then exactly biases are aligned, to the products."""
    called, descriptor = EXAMPLES[operation], OPERATIONS[operation]
    inputs = {name: words.format for name, words in called.inputs.items()}
    found = descriptor.largest_fractions(called.params, inputs, called.formats)
    assert set(found) == descriptor.aligned
    assert descriptor.aligned == {port.name for port in descriptor.inputs if port.name == "bias"}
    if found:
        fractions = descriptor.product_fractions(called.params, inputs, called.formats)
        assert found == {"bias": min(fractions.values())}


@pytest.mark.parametrize(
    ("count", "format"), [(1, "u1f0"), (2, "u1f0"), (3, "u2f0"), (10, "u4f0"), (257, "u9f0")]
)
def test_format_of_an_index(count: int, format: str) -> None:
    """Given a number of capsules, when compared, then the index format is the narrowest."""
    argmax = OPERATIONS["argmax"]
    expected = {"out": Format.parse(format)}
    assert argmax.fixed_formats(ArgmaxWords(), {"x": (3, count)}) == expected
    assert argmax.fixed_formats(ArgmaxSquares(), {"x": (count, 7)}) == expected


def test_layout_keeps_the_format() -> None:
    """Given a move, when asked, then the output has the format of `x`; others choose."""
    assert OPERATIONS["layout"].same_format(Reshape(shape=())) == {"out": "x"}
    assert OPERATIONS["requantize"].same_format(Requantize()) == {}


@pytest.mark.parametrize(
    ("params", "configured"),
    [
        (
            Quantize(denominator=255),
            Quantize(denominator=255, rounding=Rounding.FLOOR, overflow=Overflow.WRAP),
        ),
        (
            Conv2d(stride=(2, 2), relu=True, accumulator=Accumulator(format=S8)),
            Conv2d(
                stride=(2, 2),
                relu=True,
                accumulator=Accumulator(format=S8),
                rounding=Rounding.FLOOR,
                overflow=Overflow.WRAP,
            ),
        ),
        (Isqrt(), Isqrt(overflow=Overflow.WRAP)),
        (Reshape(shape=(3,)), Reshape(shape=(3,))),
        (ArgmaxWords(), ArgmaxWords()),
        (SoftmaxExact(), SoftmaxExact(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)),
        (
            SquashIsqrtDivide(guard=31),
            SquashIsqrtDivide(guard=11, rounding=Rounding.FLOOR, overflow=Overflow.WRAP),
        ),
    ],
)
def test_configure_keeps_the_structure(params: Parameters, configured: Parameters) -> None:
    """Given a step, when the quantiser's modes are applied, then all else stays or is fitted."""
    found = OPERATIONS[params.operation].configure(
        params, {"x": Format(True, 8, 0)}, {"out": U8}, WRAPPING
    )
    assert found == configured


def test_configure_changes_the_algorithm() -> None:
    """Given exact functions, when others are named, then these are fitted to the formats."""
    arithmetic = Arithmetic(algorithms={"squash": "isqrt_divide", "softmax": "lut"})
    inputs, formats = {"x": Format(True, 8, 5)}, {"out": Format(True, 8, 7)}
    assert OPERATIONS["squash"].configure(SquashExact(), inputs, formats, arithmetic) == (
        SquashIsqrtDivide(guard=5)
    )
    assert OPERATIONS["softmax"].configure(SoftmaxExact(), inputs, formats, arithmetic) == (
        SoftmaxLut.fit(inputs["x"], formats["out"], arithmetic)
    )


def test_configure_keeps_an_epsilon() -> None:
    """Given an epsilon, when the modes are applied, then it stays, as it was trained with."""
    inputs, formats = {"x": S8}, {"out": S8}
    epsilon: Any = {"epsilon": (1, 10**6), "epsilon_at": EpsilonAt.NORM}
    exact = SquashExact(rounding=Rounding.FLOOR, overflow=Overflow.WRAP, **epsilon)
    squash = OPERATIONS["squash"]
    assert squash.configure(SquashExact(**epsilon), inputs, formats, WRAPPING) == exact
    divided = Arithmetic(algorithms={"squash": "isqrt_divide"})
    found = squash.configure(SquashExact(**epsilon), inputs, formats, divided)
    assert found == SquashIsqrtDivide.fit(S8, S8, divided)


def test_configure_by_an_unknown_algorithm() -> None:
    """Given an algorithm that does not exist, when configured, then the known are named."""
    arithmetic = Arithmetic(algorithms={"squash": "magic"})
    found = rejection_of(
        lambda: OPERATIONS["squash"].configure(SquashExact(), {"x": S8}, {"out": S8}, arithmetic)
    )
    assert found == Rejected(
        Reason.NAME_UNKNOWN,
        (
            "squash has no algorithm 'magic'; known: exact, exp, isqrt_divide, isqrt_factor, "
            "lut, norm, pow2, q7, shift_reconstruction"
        ),
    )


def test_flat_operations_have_no_parts_and_no_iterations() -> None:
    """Given an operation that is one step already, when asked, then it is not divided."""
    assert OPERATIONS["squash"].expand(SquashExact(), {"x": (2,)}) == ()
    assert OPERATIONS["squash"].families(SquashExact()) == ()
