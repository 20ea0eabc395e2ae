"""layout: words moved, never changed."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import ArgmaxSquares, Concat, Mask, Parameters, Reshape, Take, Transpose
from fxcaps.strategies import Case, calls
from fxcaps.types import Reason, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome
from tests.twin import Outcome
from tests.twin.nested import at, nest

X = tensor("s8f3", [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]])


def _moved(called: Case) -> Tensor:
    found = spec_outcome("layout", called)
    assert isinstance(found, Outcome)
    assert found.events == {}
    return found.outputs["out"]


def _nested(words: Tensor) -> Any:
    return nest(words.words, words.shape)


@given(calls("layout", "reshape"))
def test_reshape_keeps_the_order(called: Case) -> None:
    """Given any tensor, when reshaped, then its words keep their C order."""
    assert isinstance(called.params, Reshape)
    x = called.inputs["x"]
    assert _moved(called) == Tensor(called.params.shape, x.format, x.words)


@given(calls("layout", "transpose"))
def test_transpose_moves_axes(called: Case) -> None:
    """Given any tensor, when transposed, then axis k of the result is axis axes[k]."""
    assert isinstance(called.params, Transpose)
    x, axes = called.inputs["x"], called.params.axes
    found = _moved(called)
    assert found.shape == tuple(x.shape[axis] for axis in axes)
    for index in itertools.product(*map(range, x.shape)):
        target = tuple(index[axis] for axis in axes)
        assert at(_nested(found), target) == at(_nested(x), index)


@given(calls("layout", "take"))
def test_take_slices_one_axis(called: Case) -> None:
    """Given any tensor, when slices are taken, then they stand in the order asked for."""
    assert isinstance(called.params, Take)
    x, axis, indices = called.inputs["x"], called.params.axis, called.params.indices
    found = _moved(called)
    assert found.shape == (*x.shape[:axis], len(indices), *x.shape[axis + 1 :])
    for index in itertools.product(*map(range, found.shape)):
        source = (*index[:axis], indices[index[axis]], *index[axis + 1 :])
        assert at(_nested(found), index) == at(_nested(x), source)


@given(calls("layout", "concat"))
def test_concat_joins_one_axis(called: Case) -> None:
    """Given two tensors, when joined, then taking either part out gives it back."""
    assert isinstance(called.params, Concat)
    x, y, axis = called.inputs["x"], called.inputs["y"], called.params.axis
    found = _moved(called)
    joint = x.shape[axis] + y.shape[axis]
    assert found.shape == (*x.shape[:axis], joint, *x.shape[axis + 1 :])
    for index in itertools.product(*map(range, found.shape)):
        part, offset = (x, 0) if index[axis] < x.shape[axis] else (y, x.shape[axis])
        source = (*index[:axis], index[axis] - offset, *index[axis + 1 :])
        assert at(_nested(found), index) == at(_nested(part), source)


@given(calls("layout", "mask"))
def test_mask_keeps_one_position(called: Case) -> None:
    """Given any tensor and index, when masked, then that slice stays and the rest is zero."""
    assert isinstance(called.params, Mask)
    x, axis, (kept,) = called.inputs["x"], called.params.axis, called.inputs["index"].words
    found = _moved(called)
    assert found.shape == ((len(x.words),) if called.params.flatten else x.shape)
    indices = itertools.product(*map(range, x.shape))
    expected = [at(_nested(x), index) if index[axis] == kept else 0 for index in indices]
    assert list(found.words) == expected


@pytest.mark.parametrize(
    ("params", "index", "moved"),
    [
        (Mask(axis=0), 1, [[[0, 0], [0, 0], [0, 0]], [[7, 8], [9, 10], [11, 12]]]),
        (Mask(axis=1), 2, [[[0, 0], [0, 0], [5, 6]], [[0, 0], [0, 0], [11, 12]]]),
        (Mask(axis=2, flatten=True), 0, [1, 0, 3, 0, 5, 0, 7, 0, 9, 0, 11, 0]),
        (Mask(axis=1, flatten=True), 3, [0] * 12),
        (Mask(axis=0, flatten=True), -1, [0] * 12),
    ],
)
def test_mask_by_hand(params: Mask, index: int, moved: Any) -> None:
    """Given 1..12 as (2, 3, 2), when one position is kept, then an index beyond keeps none."""
    called = call(params, "s8f3", x=X, index=tensor("s4f0", index))
    assert _moved(called) == tensor("s8f3", moved)


def test_mask_of_the_longest_capsule() -> None:
    """Given three capsules, when masked by the argmax of squares, then the first longest stays."""
    x = tensor("s8f5", [[3, -4], [0, -5], [4, 2]])
    longest = spec_outcome("argmax", call(ArgmaxSquares(), "u2f0", x=x))
    assert isinstance(longest, Outcome)
    called = call(Mask(axis=0, flatten=True), "s8f5", x=x, index=longest.outputs["out"])
    assert _moved(called) == tensor("s8f5", [3, -4, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("axis", "x", "index", "reason", "message"),
    [
        (
            0,
            "s8f3",
            tensor("u2f0", [1]),
            Reason.SHAPE_MISMATCH,
            "layout mask: index is one word, found shape (1,)",
        ),
        (
            3,
            "s8f3",
            tensor("u2f0", 1),
            Reason.SHAPE_MISMATCH,
            "layout mask: axis 3 exceeds shape (2, 3, 2)",
        ),
        (
            0,
            "s8f3",
            tensor("u2f1", 1),
            Reason.FORMAT_MISMATCH,
            "layout mask: index must be an integer without fraction bits, found u2f1",
        ),
        (
            0,
            "s8f4",
            tensor("u2f0", 1),
            Reason.FORMAT_MISMATCH,
            "layout moves words: out must be s8f3 like x, found s8f4",
        ),
    ],
)
def test_masks_that_do_not_fit(
    axis: int, x: str, index: Tensor, reason: Reason, message: str
) -> None:
    """Given an index or axis that names no position, when masked, then rejected."""
    assert spec_outcome("layout", call(Mask(axis=axis), x, x=X, index=index)) == Rejected(
        reason, message
    )


def test_ports_of_mask() -> None:
    """Given ports that a move does not take or misses, when run, then they are named."""
    index = tensor("u2f0", 1)
    for params in (Reshape(shape=(12,)), Transpose(axes=(0, 1, 2)), Take(axis=0, indices=(0,))):
        assert spec_outcome("layout", call(params, "s8f3", x=X, index=index)) == Rejected(
            Reason.PORT_MISMATCH, "layout: only mask takes an index"
        )
    joined = call(Concat(axis=0), "s8f3", x=X, y=X, index=index)
    assert spec_outcome("layout", joined) == Rejected(
        Reason.PORT_MISMATCH, "layout: only mask takes an index"
    )
    assert spec_outcome("layout", call(Mask(axis=0), "s8f3", x=X)) == Rejected(
        Reason.PORT_MISMATCH, "layout: mask takes an index"
    )
    assert spec_outcome("layout", call(Mask(axis=0), "s8f3", x=X, y=X, index=index)) == Rejected(
        Reason.PORT_MISMATCH, "layout: only concat takes a second input"
    )


@pytest.mark.parametrize(
    ("params", "moved"),
    [
        (Reshape(shape=(3, 4)), [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]),
        (Reshape(shape=(12, 1, 1)), [[[k]] for k in range(1, 13)]),
        (
            Transpose(axes=(2, 0, 1)),
            [[[1, 3, 5], [7, 9, 11]], [[2, 4, 6], [8, 10, 12]]],
        ),
        (Transpose(axes=(1, 0, 2)), [[[1, 2], [7, 8]], [[3, 4], [9, 10]], [[5, 6], [11, 12]]]),
        (Take(axis=0, indices=(1,)), [[[7, 8], [9, 10], [11, 12]]]),
        (Take(axis=1, indices=(2, 0, 2)), [[[5, 6], [1, 2], [5, 6]], [[11, 12], [7, 8], [11, 12]]]),
        (Take(axis=2, indices=(1,)), [[[2], [4], [6]], [[8], [10], [12]]]),
    ],
)
def test_moves_by_hand(params: Parameters, moved: Any) -> None:
    """Given 1..12 as (2, 3, 2), when moved, then the words stand where the page says."""
    assert _moved(call(params, "s8f3", x=X)) == tensor("s8f3", moved)


@pytest.mark.parametrize(
    ("axis", "y", "moved"),
    [
        (0, [[9, 8]], [[1, 2], [3, 4], [9, 8]]),
        (1, [[9], [8]], [[1, 2, 9], [3, 4, 8]]),
    ],
)
def test_concat_by_hand(axis: int, y: Any, moved: Any) -> None:
    """Given two matrices, when joined along either axis, then `x` comes first."""
    x = tensor("u4f0", [[1, 2], [3, 4]])
    called = call(Concat(axis=axis), "u4f0", x=x, y=tensor("u4f0", y))
    assert _moved(called) == tensor("u4f0", moved)


def test_scalar_keeps_its_word() -> None:
    """Given a scalar, when transposed by no axes and reshaped, then its word stays."""
    x = tensor("s4f0", 5)
    assert _moved(call(Transpose(axes=()), "s4f0", x=x)) == x
    assert _moved(call(Reshape(shape=(1,)), "s4f0", x=x)) == tensor("s4f0", [5])


@pytest.mark.parametrize(
    ("params", "shape", "message"),
    [
        (Reshape(shape=(5,)), (2, 3), "layout reshape: (2, 3) does not have the words of (5,)"),
        (
            Transpose(axes=(1, 0)),
            (6,),
            "layout transpose: axes (1, 0) do not fit shape (6,)",
        ),
        (
            Take(axis=1, indices=(0, 3)),
            (2, 3),
            "layout take: axis 1, largest index 3 exceed shape (2, 3)",
        ),
        (
            Take(axis=2, indices=(0,)),
            (2, 3),
            "layout take: axis 2, largest index 0 exceed shape (2, 3)",
        ),
    ],
)
def test_shapes_that_do_not_fit(params: Parameters, shape: tuple[int, ...], message: str) -> None:
    """Given a shape that the move does not fit, when moved, then it is rejected."""
    x = Tensor(shape, X.format, [0] * 6)
    assert spec_outcome("layout", call(params, "s8f3", x=x)) == Rejected(
        Reason.SHAPE_MISMATCH, message
    )


@pytest.mark.parametrize(
    ("axis", "shape", "message"),
    [
        (0, (2, 4), "layout concat: shapes (2, 3) and (2, 4) do not meet along axis 0"),
        (2, (2, 3), "layout concat: shapes (2, 3) and (2, 3) do not meet along axis 2"),
        (0, (8,), "layout concat: shapes (2, 3) and (8,) do not meet along axis 0"),
    ],
)
def test_tensors_that_do_not_meet(axis: int, shape: tuple[int, ...], message: str) -> None:
    """Given tensors that differ beside the joined axis, when joined, then rejected."""
    x = tensor("u4f0", [[1, 2, 3], [4, 5, 6]])
    y = Tensor(shape, x.format, [0] * (6 if shape == (2, 3) else 8))
    assert spec_outcome("layout", call(Concat(axis=axis), "u4f0", x=x, y=y)) == Rejected(
        Reason.SHAPE_MISMATCH, message
    )


def test_second_input_is_for_concat_only() -> None:
    """Given two inputs, when another move than concat runs, then the port is rejected."""
    for params in (Reshape(shape=(12,)), Transpose(axes=(0, 1, 2)), Take(axis=0, indices=(0,))):
        assert spec_outcome("layout", call(params, "s8f3", x=X, y=X)) == Rejected(
            Reason.PORT_MISMATCH, "layout: only concat takes a second input"
        )


def test_concat_needs_a_second_input() -> None:
    """Given one input, when joined, then the missing port is rejected."""
    assert spec_outcome("layout", call(Concat(axis=0), "s8f3", x=X)) == Rejected(
        Reason.PORT_MISMATCH, "layout: concat takes a second input"
    )


def test_formats_must_be_one() -> None:
    """Given another output format, or two input formats, when moved, then rejected."""
    x, y = tensor("s8f3", [1]), tensor("s8f4", [1])
    assert spec_outcome("layout", call(Reshape(shape=(1,)), "s8f4", x=x)) == Rejected(
        Reason.FORMAT_MISMATCH, "layout moves words: out must be s8f3 like x, found s8f4"
    )
    assert spec_outcome("layout", call(Concat(axis=0), "s8f3", x=x, y=y)) == Rejected(
        Reason.FORMAT_MISMATCH, "layout concat: x is s8f3, y is s8f4"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Reshape(shape=(2, -1)), "layout reshape: negative extent in (2, -1)"),
        (
            lambda: Transpose(axes=(0, 2)),
            "layout transpose: axes must name every axis once, found (0, 2)",
        ),
        (
            lambda: Transpose(axes=(0, 0)),
            "layout transpose: axes must name every axis once, found (0, 0)",
        ),
        (lambda: Take(axis=-1, indices=(0,)), "layout take: axis must not be negative, found -1"),
        (
            lambda: Take(axis=0, indices=()),
            "layout take: indices must be given and not negative",
        ),
        (
            lambda: Take(axis=0, indices=(0, -1)),
            "layout take: indices must be given and not negative",
        ),
        (lambda: Concat(axis=-1), "layout concat: axis must not be negative, found -1"),
        (lambda: Mask(axis=-2), "layout mask: axis must not be negative, found -2"),
    ],
)
def test_parameters_outside_their_set(make: Any, message: str) -> None:
    """Given parameters that name no move, when made, then they are rejected."""
    assert rejection_of(make) == Rejected(Reason.PARAMETER_INVALID, message)
