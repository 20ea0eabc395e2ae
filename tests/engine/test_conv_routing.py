"""conv_routing on the engine: exhaustive sums at small widths, and the events of whole grids."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fxcaps.engine.conv_routing import squash_grids
from fxcaps.network.dispatch import event_row
from fxcaps.ops import (
    ConvRouting,
    Parameters,
    RoutingIteration,
    SoftmaxAxes,
    SoftmaxLut,
    SquashAxes,
    SquashExact,
    SquashIsqrtDivide,
)
from fxcaps.ops.batch import Words
from fxcaps.ops.conv_routing import CONV_ROUTING
from fxcaps.ops.exponential import exponential_table
from fxcaps.oracle import evaluate
from fxcaps.spec.conv_routing import squash_grids as spec_squash_grids
from fxcaps.strategies import Case
from fxcaps.types import Format, Log, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal

TABLE = SoftmaxLut(table=exponential_table(6, 1, 9), index_frac=1)


@pytest.mark.parametrize("softmax", SoftmaxAxes)
@pytest.mark.parametrize("squash", SquashAxes)
@pytest.mark.parametrize("part", [RoutingIteration(), RoutingIteration(softmax=TABLE)])
def test_all_small_votes(softmax: SoftmaxAxes, squash: SquashAxes, part: RoutingIteration) -> None:
    """Given all votes of two positions and two types in 2-bit words, when routed, then as spec."""
    params = ConvRouting(iterations=(part, part), softmax_axes=softmax, squash_axes=squash)
    formats = {"b": "s5f2", "c": "u4f4", "s": "s5f2", "v": "s5f4", "a": "s5f3"}
    made = {port: Format.parse(formats[port[0]]) for port in CONV_ROUTING.outputs(params)}
    votes = Format(True, 2, 0)
    words = range(votes.min, votes.max + 1)
    images = [
        Case(params, {"votes": Tensor((1, 2, 1, 2, 1), votes, vote)}, made)
        for vote in itertools.product(words, repeat=4)
    ]
    assert assert_equal("conv_routing", images) == len(images)


@pytest.mark.parametrize(
    "params",
    [
        SquashExact(rounding=Rounding.FLOOR),
        SquashExact(rounding=Rounding.TIES_TO_EVEN),
        SquashIsqrtDivide(guard=1, rounding=Rounding.CEIL, overflow=Overflow.WRAP),
    ],
)
def test_events_of_whole_grids(params: Parameters) -> None:
    """Given all maps of two types on two positions, when squashed, then first events as spec."""
    x, out = Format(True, 3, 1), Format(True, 2, 2)
    vectors = list(itertools.product([-4, -1, 0, 2, 3], repeat=4))
    array = np.array(vectors, np.int64).reshape(-1, 1, 2, 2, 1)
    found = squash_grids(params, {"x": Words(array, x)}, {"out": out})
    assert not found.undecided.any()
    for row, vector in enumerate(vectors):
        log = Log()
        expected = spec_squash_grids(
            params, {"x": Tensor((1, 2, 2, 1), x, vector)}, {"out": out}, log
        )
        assert found.outputs["out"][row].ravel().tolist() == expected["out"].words
        assert found.events["out"][row].tolist() == event_row(log, "out").tolist()


@pytest.mark.parametrize("shape", [(0,), (3, 2)])
@pytest.mark.parametrize("squash", SquashAxes)
def test_axes_of_the_batch(squash: SquashAxes, shape: tuple[int, ...]) -> None:
    """Given no image or two axes of them, when routed, then the batch comes back in front."""
    params = ConvRouting(iterations=(RoutingIteration(),), squash_axes=squash)
    formats = dict.fromkeys((*CONV_ROUTING.outputs(params), "votes"), "s8f4")
    made = evaluate(params, {"votes": np.ones((*shape, 2, 1, 3, 4, 2), np.int8)}, formats)
    extents = {port: words.shape[len(shape) :] for port, words in made.outputs.items()}
    assert {words.shape[: len(shape)] for words in made.outputs.values()} == {shape}
    pairs, capsules = (2, 1, 3, 4), (1, 3, 4, 2)
    assert extents == {"b0": pairs, "c0": pairs, "s0": capsules, "v0": capsules}
