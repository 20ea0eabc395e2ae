"""What operations say can be left out of what they read."""

from __future__ import annotations

from typing import Any

import pytest

from fxcaps.ops import (
    Add,
    Affine,
    ArgmaxWords,
    Concat,
    Conv2d,
    DynamicRouting,
    Mask,
    Parameters,
    Relu,
    Reshape,
    RoutingIteration,
    SoftmaxExact,
    SquashExact,
    Take,
    Transpose,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.ops.selection import Selectable, shared_rows
from fxcaps.types import Reason, Shape
from tests.support.outcomes import Rejected, rejection_of

Kept = dict[str, dict[int, tuple[int, ...]]]
CHANNELLED = Affine(
    scale_numerator=(1, 2, 3),
    scale_denominator=(1, 1, 1),
    offset_numerator=(0, 0, 0),
    offset_denominator=(1, 1, 1),
)
CONV: dict[str, Shape] = {"x": (5, 5, 3), "weight": (6, 2, 2, 3), "bias": (6,)}
SUMS: dict[str, Shape] = {"c": (4, 6), "votes": (4, 6, 2), "bias": (3, 2)}
ROUTING = DynamicRouting(iterations=(RoutingIteration(),) * 2)


def selected(params: Parameters, inputs: dict[str, Shape], kept: Kept) -> tuple[Any, Any]:
    operation = operation_of(params)
    assert isinstance(operation, Selectable)
    made, found = operation.selected(params, inputs, kept)
    return made, {port: dict(selection) for port, selection in found.items() if selection}


@pytest.mark.parametrize(
    ("params", "inputs", "kept", "expected"),
    [
        (Relu(), {"x": (2, 4)}, {"x": {1: (0, 3)}}, {"x": {1: (0, 3)}, "out": {1: (0, 3)}}),
        (SquashExact(), {"x": (5, 4)}, {"x": {0: (2,)}}, {"x": {0: (2,)}, "out": {0: (2,)}}),
        (CHANNELLED, {"x": (5, 3)}, {"x": {0: (2,)}}, {"x": {0: (2,)}, "out": {0: (2,)}}),
        (
            Conv2d(),
            CONV,
            {"weight": {0: (1, 4)}},
            {"weight": {0: (1, 4)}, "bias": {0: (1, 4)}, "out": {2: (1, 4)}},
        ),
        (Conv2d(), CONV, {"x": {2: (0, 2)}}, {"x": {2: (0, 2)}, "weight": {3: (0, 2)}}),
        (
            Conv2d(),
            {"x": (5, 5, 3), "weight": (6, 2, 2, 3)},
            {"x": {2: (1,)}, "weight": {0: (5,)}},
            {"x": {2: (1,)}, "weight": {0: (5,), 3: (1,)}, "out": {2: (5,)}},
        ),
        (
            Votes(),
            {"u": (6, 2), "weight": (6, 3, 4, 2)},
            {"u": {0: (0, 5)}},
            {"u": {0: (0, 5)}, "weight": {0: (0, 5)}, "out": {0: (0, 5)}},
        ),
        (
            Votes(),
            {"u": (6, 2), "weight": (3, 3, 4, 2)},
            {"u": {0: (0, 2, 3, 5)}},
            {"u": {0: (0, 2, 3, 5)}, "weight": {0: (0, 2)}, "out": {0: (0, 2, 3, 5)}},
        ),
        (
            WeightedSum(),
            SUMS,
            {"votes": {1: (1, 2, 4, 5)}},
            {
                "votes": {1: (1, 2, 4, 5)},
                "c": {1: (1, 2, 4, 5)},
                "bias": {0: (1, 2)},
                "out": {0: (1, 2, 4, 5)},
            },
        ),
        (
            WeightedSum(),
            {"c": (4, 1), "votes": (4, 6, 2)},
            {"votes": {0: (0, 3), 1: (1, 2)}},
            {"votes": {0: (0, 3), 1: (1, 2)}, "c": {0: (0, 3), 1: (0,)}, "out": {0: (1, 2)}},
        ),
        (
            ROUTING,
            {"votes": (4, 3, 2), "bias": (3, 2)},
            {"votes": {0: (1, 3)}},
            {port: {0: (1, 3)} for port in ("votes", "b0", "c0", "a0", "b1", "c1")},
        ),
    ],
)
def test_what_follows(
    params: Parameters, inputs: dict[str, Shape], kept: Kept, expected: Kept
) -> None:
    """Given slices that are kept, when followed, then other ports lose what belongs to them."""
    made, found = selected(params, inputs, kept)
    assert made is params
    assert found == expected


@pytest.mark.parametrize(
    ("params", "kept", "made", "out"),
    [
        # two rows and columns of three types of two: types 0 and 2
        (
            Reshape(shape=(12, 2)),
            {2: (0, 1, 4, 5)},
            Reshape(shape=(8, 2)),
            {0: (0, 2, 3, 5, 6, 8, 9, 11), 1: (0, 1)},
        ),
        (
            Reshape(shape=(1, 12, 2)),
            {0: (1,)},
            Reshape(shape=(1, 6, 2)),
            {0: (0,), 1: (6, 7, 8, 9, 10, 11), 2: (0, 1)},
        ),
        (Transpose(axes=(2, 0, 1)), {2: (3, 4)}, Transpose(axes=(2, 0, 1)), {0: (3, 4)}),
        (Take(axis=2, indices=(5, 0, 5, 1)), {2: (1, 5)}, None, {2: (0, 2, 3)}),
        (Take(axis=2, indices=(5, 0)), {0: (1,)}, Take(axis=2, indices=(5, 0)), {0: (1,)}),
    ],
)
def test_layout_moves_slices(
    params: Any, kept: dict[int, tuple[int, ...]], made: Any, out: dict[int, tuple[int, ...]]
) -> None:
    """Given a (2, 2, 6) grid, when slices of it move, then they are slices of the output."""
    made = Take(axis=2, indices=(1, 1, 0)) if made is None else made
    assert selected(params, {"x": (2, 2, 6)}, {"x": kept}) == (made, {"x": kept, "out": out})


@pytest.mark.parametrize(
    ("params", "inputs", "kept", "message"),
    [
        (
            SquashExact(),
            {"x": (5, 4)},
            {"x": {1: (2,)}},
            "squash x: nothing can be left out along axis 1",
        ),
        (
            SoftmaxExact(),
            {"x": (5, 4)},
            {"x": {1: (2,)}},
            "softmax x: nothing can be left out along axis 1",
        ),
        (
            CHANNELLED,
            {"x": (5, 3)},
            {"x": {1: (2,)}},
            "affine x: nothing can be left out along axis 1",
        ),
        (Conv2d(), CONV, {"x": {0: (2,)}}, "conv2d x: nothing can be left out along axis 0"),
        (
            ArgmaxWords(),
            {"x": (5,)},
            {"x": {0: (2,)}},
            "argmax x: nothing can be left out along axis 0",
        ),
        (
            Conv2d(),
            CONV,
            {"weight": {1: (0,)}},
            "conv2d weight: nothing can be left out along axis 1",
        ),
        (
            Votes(),
            {"u": (6, 2), "weight": (6, 3, 4, 2)},
            {"u": {1: (0,)}},
            "votes u: nothing can be left out along axis 1",
        ),
        (
            Votes(),
            {"u": (6, 2), "weight": (3, 3, 4, 2)},
            {"u": {0: (0, 1, 2, 3, 5)}},
            "votes weight: 3 rows are shared, and the positions that remain do not repeat them",
        ),
        (
            WeightedSum(),
            SUMS,
            {"votes": {2: (0,)}},
            "weighted_sum votes: nothing can be left out along axis 2",
        ),
        (
            ROUTING,
            {"votes": (4, 3, 2)},
            {"votes": {1: (0,)}},
            "dynamic_routing votes: nothing can be left out along axis 1",
        ),
        (
            Reshape(shape=(4, 6)),
            {"x": (6, 4)},
            {"x": {0: (0, 1)}},
            "layout reshape: what is kept of (6, 4) is no slice of (4, 6)",
        ),
        (
            Take(axis=0, indices=(1, 2)),
            {"x": (4,)},
            {"x": {0: (0, 3)}},
            "layout take: nothing is left along axis 0",
        ),
        (
            Concat(axis=0),
            {"x": (4,), "y": (3,)},
            {"x": {0: (0,)}},
            "layout concat: nothing can be left out",
        ),
        (
            Mask(axis=0),
            {"x": (4,), "index": ()},
            {"x": {0: (0,)}},
            "layout mask: nothing can be left out",
        ),
    ],
)
def test_what_cannot_be_left_out(
    params: Parameters, inputs: dict[str, Shape], kept: Kept, message: str
) -> None:
    """Given slices that a word depends on, when left out, then the operation refuses."""
    assert rejection_of(lambda: selected(params, inputs, kept)) == Rejected(
        Reason.SHAPE_MISMATCH, message
    )


def test_rows_that_repeat() -> None:
    """Given every choice of six positions over three rows, when cut, then it repeats or fails."""
    count = 0
    for bits in range(1, 64):
        kept = tuple(k for k in range(6) if bits >> k & 1)
        rows = [k % 3 for k in kept]
        fits = {
            left: all(row == left[n % len(left)] for n, row in enumerate(rows))
            for left in [tuple(dict.fromkeys(rows))]
        }
        ((left, repeats),) = fits.items()
        if repeats:
            assert shared_rows(kept, 3, "table") == left
            count += 1
        else:
            assert rejection_of(lambda kept=kept: shared_rows(kept, 3, "table")).reason is (
                Reason.SHAPE_MISMATCH
            )
    assert 0 < count < 63


def test_not_every_operation_says() -> None:
    """Given an addition, when asked, then it does not say: its operands go together or not."""
    assert not isinstance(operation_of(Add()), Selectable)
