"""Shape rules: what fits, and what comes out."""

from __future__ import annotations

from typing import Any

import pytest

from fxcaps.ops import (
    Add,
    Agreement,
    Conv2d,
    ConvRouting,
    ConvVotes,
    Dense,
    DynamicRouting,
    Length,
    Parameters,
    Requantize,
    RoutingIteration,
    SoftmaxExact,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.types import Reason, Shape
from tests.support.outcomes import Rejected, rejection_of


@pytest.mark.parametrize(
    ("params", "inputs", "out"),
    [
        (Add(), {"a": (2, 3), "b": (2, 3)}, (2, 3)),
        (Requantize(), {"x": ()}, ()),
        (SoftmaxExact(), {"x": (1152, 10)}, (1152, 10)),
        (Length(), {"x": (10, 16)}, (10,)),
        (Conv2d(), {"x": (28, 28, 1), "weight": (256, 9, 9, 1)}, (20, 20, 256)),
        (
            Conv2d(stride=(2, 2)),
            {"x": (20, 20, 256), "weight": (256, 9, 9, 256), "bias": (256,)},
            (6, 6, 256),
        ),
        (
            Conv2d(stride=(2, 3), padding=(1, 0, 2, 1)),
            {"x": (5, 7, 2), "weight": (4, 3, 2, 2)},
            (2, 3, 4),
        ),
        (Conv2d(), {"x": (3, 4, 1), "weight": (1, 3, 4, 1)}, (1, 1, 1)),
        (
            ConvVotes(padding=(1, 1, 1, 1)),
            {"u": (4, 4, 32, 8), "weight": (1, 32, 8, 3, 3, 8), "bias": (1, 32, 8)},
            (32, 4, 4, 32, 8),
        ),
        (
            ConvVotes(stride=(2, 3), padding=(1, 0, 2, 1)),
            {"u": (5, 7, 6, 2), "weight": (3, 4, 5, 3, 2, 2)},
            (6, 2, 3, 4, 5),
        ),
        (Dense(), {"x": (160,), "weight": (512, 160)}, (512,)),
        (Dense(), {"x": (4, 5, 3), "weight": (2, 3), "bias": (2,)}, (4, 5, 2)),
        (Votes(), {"u": (1152, 8), "weight": (1152, 10, 16, 8)}, (1152, 10, 16)),
        (WeightedSum(), {"c": (1152, 10), "votes": (1152, 10, 16)}, (10, 16)),
        (WeightedSum(), {"c": (9, 2), "votes": (9, 6, 4), "bias": (3, 4)}, (6, 4)),
        (Agreement(), {"votes": (1152, 10, 16), "v": (10, 16)}, (1152, 10)),
    ],
)
def test_output_shape(params: Parameters, inputs: dict[str, Shape], out: Shape) -> None:
    """Given shapes that fit, when asked, then the output has the shape that the page states."""
    assert operation_of(params).shapes(params, inputs) == {"out": out}


def test_routing_shapes() -> None:
    """Given votes (I, J, D), when routed twice, then every intermediate has its shape."""
    params = DynamicRouting(iterations=(RoutingIteration(),) * 2)
    found = operation_of(params).shapes(params, {"votes": (5, 4, 3), "bias": (2, 3)})
    grid, capsules = (5, 4), (4, 3)
    assert found == {
        "b0": grid,
        "c0": grid,
        "s0": capsules,
        "v0": capsules,
        "a0": grid,
        "b1": grid,
        "c1": grid,
        "s1": capsules,
        "v1": capsules,
    }


def test_routing_shapes_on_a_grid() -> None:
    """Given votes (I, H, W, J, D), when routed twice, then every intermediate has its shape."""
    params = ConvRouting(iterations=(RoutingIteration(),) * 2, update_last=True)
    found = operation_of(params).shapes(params, {"votes": (5, 2, 3, 4, 6), "bias": (2, 6)})
    pairs, capsules = (5, 2, 3, 4), (2, 3, 4, 6)
    assert found == dict.fromkeys(("b0", "c0", "a0", "b1", "c1", "a1", "b2"), pairs) | (
        dict.fromkeys(("s0", "v0", "s1", "v1"), capsules)
    )


X, WEIGHT = (5, 6, 2), (4, 3, 3, 2)
U, KERNELS = (5, 6, 4, 2), (2, 3, 1, 3, 3, 2)
VOTES = (3, 4, 2)


@pytest.mark.parametrize(
    ("params", "inputs", "message"),
    [
        (
            Conv2d(),
            {"x": (5, 6), "weight": WEIGHT},
            "conv2d x (H, W, C) needs 3 axes, found shape (5, 6)",
        ),
        (
            Conv2d(),
            {"x": X, "weight": (3, 3, 2)},
            "conv2d weight (O, KH, KW, C) needs 4 axes, found shape (3, 3, 2)",
        ),
        (
            Conv2d(),
            {"x": (5, 6, 3), "weight": WEIGHT},
            "conv2d: x has 3 channels, weight has 2",
        ),
        (
            Conv2d(),
            {"x": X, "weight": WEIGHT, "bias": (3,)},
            "conv2d: bias needs shape (4,), found (3,)",
        ),
        (
            Conv2d(),
            {"x": X, "weight": (4, 0, 3, 2)},
            "conv2d weight is empty: (4, 0, 3, 2)",
        ),
        (
            Conv2d(),
            {"x": (2, 6, 2), "weight": WEIGHT},
            "conv2d: window (3, 3) exceeds the padded image (2, 6)",
        ),
        (
            Conv2d(padding=(1, 0, 0, 1)),
            {"x": (2, 1, 2), "weight": WEIGHT},
            "conv2d: window (3, 3) exceeds the padded image (3, 2)",
        ),
        (
            ConvVotes(),
            {"u": (5, 6, 8), "weight": KERNELS},
            "conv_votes u (H, W, I, D_in) needs 4 axes, found shape (5, 6, 8)",
        ),
        (
            ConvVotes(),
            {"u": U, "weight": (3, 3, 3, 2)},
            "conv_votes weight (K, J, D_out, KH, KW, D_in) needs 6 axes, found shape (3, 3, 3, 2)",
        ),
        (
            ConvVotes(),
            {"u": U, "weight": (2, 3, 0, 3, 3, 2)},
            "conv_votes weight is empty: (2, 3, 0, 3, 3, 2)",
        ),
        *(
            (
                ConvVotes(),
                {"u": u, "weight": KERNELS},
                (
                    f"conv_votes: weight {KERNELS} needs u of 2 components and a multiple of "
                    f"2 types, found {u}"
                ),
            )
            for u in ((5, 6, 4, 3), (5, 6, 3, 2), (5, 6, 1, 2), (5, 6, 0, 2))
        ),
        (
            ConvVotes(),
            {"u": U, "weight": KERNELS, "bias": (2, 3)},
            "conv_votes: bias needs shape (2, 3, 1), found (2, 3)",
        ),
        (
            ConvVotes(padding=(1, 0, 0, 0)),
            {"u": (1, 6, 4, 2), "weight": KERNELS},
            "conv_votes: window (3, 3) exceeds the padded image (2, 6)",
        ),
        (
            Dense(),
            {"x": (3,), "weight": (3,)},
            "dense weight (O, I) needs 2 axes, found shape (3,)",
        ),
        *(
            (
                Dense(),
                {"x": x, "weight": (4, 3)},
                f"dense: weight (4, 3) does not fit the last axis of x {x}",
            )
            for x in ((), (4,), (3, 4))
        ),
        (
            Dense(),
            {"x": (3,), "weight": (4, 3), "bias": (3,)},
            "dense: bias needs shape (4,), found (3,)",
        ),
        (Dense(), {"x": (0,), "weight": (4, 0)}, "dense weight is empty: (4, 0)"),
        (
            Votes(),
            {"u": (3,), "weight": (3, 4, 2, 5)},
            "votes u (I, D_in) needs 2 axes, found shape (3,)",
        ),
        (
            Votes(),
            {"u": (3, 5), "weight": (3, 4, 5)},
            "votes weight (I, J, D_out, D_in) needs 4 axes, found shape (3, 4, 5)",
        ),
        (
            Votes(),
            {"u": (5, 3), "weight": (3, 4, 2, 5)},
            "votes: weight (3, 4, 2, 5) needs u of shape (3, 5), found (5, 3)",
        ),
        (
            Votes(),
            {"u": (5, 3), "weight": (2, 4, 2, 3)},
            "votes: weight (2, 4, 2, 3) needs u of shape (2, 3), found (5, 3)",
        ),
        (
            Votes(),
            {"u": (0, 3), "weight": (2, 4, 2, 3)},
            "votes: weight (2, 4, 2, 3) needs u of shape (2, 3), found (0, 3)",
        ),
        (
            Votes(),
            {"u": (3, 3), "weight": (0, 4, 2, 3)},
            "votes: weight (0, 4, 2, 3) needs u of shape (0, 3), found (3, 3)",
        ),
        (
            Votes(),
            {"u": (3, 0), "weight": (3, 4, 2, 0)},
            "votes weight is empty: (3, 4, 2, 0)",
        ),
        (
            WeightedSum(),
            {"c": (3, 4, 1), "votes": VOTES},
            "weighted_sum c (I, J) needs 2 axes, found shape (3, 4, 1)",
        ),
        (
            WeightedSum(),
            {"c": (3, 4), "votes": (3, 4)},
            "weighted_sum votes (I, J, D) needs 3 axes, found shape (3, 4)",
        ),
        (
            WeightedSum(),
            {"c": (3, 4), "votes": (3, 4, 0)},
            "weighted_sum votes are empty: (3, 4, 0)",
        ),
        *(
            (
                WeightedSum(),
                {"c": c, "votes": VOTES},
                f"weighted_sum: votes (3, 4, 2) need c of shape (3, 4), found {c}",
            )
            for c in ((4, 3), (3, 3), (3, 0), (3, 8))
        ),
        (
            WeightedSum(),
            {"c": (3, 4), "votes": VOTES, "bias": (4,)},
            "weighted_sum bias (J, D) needs 2 axes, found shape (4,)",
        ),
        *(
            (
                WeightedSum(),
                {"c": (3, 4), "votes": VOTES, "bias": bias},
                f"weighted_sum: votes (3, 4, 2) need a bias of shape (4, 2), found {bias}",
            )
            for bias in ((4, 3), (3, 2), (0, 2), (8, 2))
        ),
        (
            Agreement(),
            {"votes": (3, 4), "v": (4, 2)},
            "agreement votes (I, J, D) needs 3 axes, found shape (3, 4)",
        ),
        (
            Agreement(),
            {"votes": (0, 4, 2), "v": (4, 2)},
            "agreement votes are empty: (0, 4, 2)",
        ),
        (
            Agreement(),
            {"votes": VOTES, "v": (2, 4)},
            "agreement: votes (3, 4, 2) need v of shape (4, 2), found (2, 4)",
        ),
    ],
)
def test_shapes_that_do_not_fit(params: Parameters, inputs: dict[str, Any], message: str) -> None:
    """Given shapes that do not belong together, when asked, then the rule is named."""
    assert rejection_of(lambda: operation_of(params).shapes(params, inputs)) == Rejected(
        Reason.SHAPE_MISMATCH, message
    )
