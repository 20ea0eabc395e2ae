"""The progressive methods: their units, and what they come to."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fxcaps.allocate import (
    METHODS,
    Problem,
    ProgressiveBlock,
    ProgressiveLayer,
    ProgressiveRouting,
)
from fxcaps.allocate.layers import layers
from fxcaps.network import architecture
from tests.allocate.build import NETWORK, evaluator
from tests.network.build import small_images

PROBLEM = Problem(network=NETWORK, float_correct=70, total=70, tolerance=Fraction(40))
DEEP = architecture("deepcaps-28-qcapsnets")


def test_layers_of_a_small_network() -> None:
    """Given three products with trained weights, when cut, then three layers with all tensors."""
    found = layers(NETWORK)
    assert [(layer.block, layer.weights) for layer in found] == [
        ("conv", ["conv.weight", "conv.bias"]),
        ("primary", ["primary.weight", "primary.bias"]),
        ("digit", ["digit.weight", "digit.bias"]),
    ]
    names = [n for layer in found for n in (*layer.weights, *layer.fixed, *layer.activations)]
    assert sorted(names) == sorted(set(NETWORK.shapes()) - {"pixels"})
    assert found[2].routing[0] == "digit.votes"
    assert found[2].routing[-1] == found[2].activations[found[2].activations.index("length") - 1]


def test_layers_of_deepcaps_lie_inside_blocks() -> None:
    """Given DeepCaps, when cut, then blocks of several layers, and every tensor in one of them."""
    found = layers(DEEP)
    blocks = [layer.block for layer in found]
    assert blocks == sorted(blocks, key=blocks.index)  # those of a block stand together
    assert max(blocks.count(block) for block in blocks) >= 4
    names = [n for layer in found for n in (*layer.weights, *layer.fixed, *layer.activations)]
    assert sorted(names) == sorted(set(DEEP.shapes()) - set(DEEP.inputs))


def test_stages() -> None:
    """Given the methods, when asked for units, then layers, blocks then layers, routing apart."""
    deep = Problem(network=DEEP, float_correct=90, total=100, tolerance=Fraction(1))
    (by_layer,) = ProgressiveLayer().stages(deep)
    shared, finer = ProgressiveBlock().stages(deep)
    (by_routing,) = ProgressiveRouting().stages(deep)
    assert len(shared) < len(by_layer) < len(by_routing)
    assert set(finer) < set(by_layer)
    for units in (by_layer, shared, by_routing):
        names = [name for unit in units for name in unit]
        assert sorted(names) == sorted(set(DEEP.shapes()) - set(DEEP.inputs))
    assert ProgressiveBlock().stages(PROBLEM) == ProgressiveLayer().stages(PROBLEM)


@pytest.mark.parametrize("name", ["progressive-layer"])
def test_no_unit_can_lose_another_bit(name: str) -> None:
    """Given an answer, when any unit loses a bit, then it was refused; the tolerance is kept."""
    method = METHODS[name]
    with evaluator(samples=small_images(3, seed=2)) as search:
        (answer,) = method.search(PROBLEM, search)
        own = {n: w for n, w in answer.widths.items() if n not in NETWORK.inputs}
        assert search.reaches(own, PROBLEM.needed)
        assert min(own.values()) < 8
        outlook = method.outlook(PROBLEM)
        assert outlook is not None
        assert len(search.records) <= outlook.evaluations + 1
