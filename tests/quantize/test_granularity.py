"""What shares a bound, and what a finer format would gain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fxcaps.network import blocks
from fxcaps.quantize import (
    MinMax,
    Observation,
    Split,
    by_group,
    calibrate,
    lower,
    rule_named,
    spare_bits,
)
from fxcaps.quantize.granularity import Granularity, grouped
from fxcaps.quantize.rules import bound
from fxcaps.real import REAL
from tests.network.build import small_images, small_network

NETWORK = small_network()
CALIBRATION = calibrate(NETWORK, small_images(20), REAL)


def bounds(granularity: Granularity, rule: str = "minmax") -> dict[str, int]:
    """The bound of every tensor by the names of a Program at 8 bits."""
    chosen = rule_named(rule)
    program = lower(NETWORK, CALIBRATION, width=8, granularity=granularity, rule=chosen)
    return {name: bound(entry.format) for name, entry in program.tensors.items()}


def test_iterations_share_or_not() -> None:
    """Given routing, when formats are shared by tensor, then those of iterations are the widest."""
    own, shared = bounds(Granularity.ITERATION), bounds(Granularity.TENSOR)
    for family in "bcsv":
        names = [f"digit.{family}{r}" for r in range(3)]
        moved = [name for name in names if name != "digit.b0"]  # zeros have integers of their own
        assert {shared[name] for name in names} == {max(own[name] for name in moved)}
    assert len({own[f"digit.b{r}"] for r in range(3)}) > 1
    assert {name for name in own if own[name] != shared[name]} <= {
        f"digit.{family}{r}" for family in "abcsv" for r in range(3)
    }


def test_blocks_share() -> None:
    """Given blocks, when they share, then weights, couplings, routed tensors and the rest do."""
    own, shared = bounds(Granularity.ITERATION), bounds(Granularity.BLOCK)
    for block in blocks(NETWORK):
        couplings = {name for name in block.activations if ".c" in name and "conv" not in name}
        routed = set(block.routed)
        rest = set(block.activations) - couplings - routed - {"class"}
        for names in (couplings, routed, rest):
            assert len({shared[name] for name in names}) <= 1
            for name in names - {"digit.b0"}:  # zeros have integers of their own
                assert shared[name] >= own[name]
        weights = [name for name in block.weights if name.endswith(".weight")]
        # a bias is aligned, so its bound may be wider still
        assert {shared[name] for name in weights} == {max(own[n] for n in block.weights)}


@pytest.mark.parametrize("granularity", Granularity)
def test_histograms_are_shared_too(granularity: Granularity) -> None:
    """Given a rule that needs histograms, when tensors share, then it gets that of all."""
    computed, constants = grouped(NETWORK, CALIBRATION, granularity)
    assert all(isinstance(seen, Observation) for seen in (*computed.values(), *constants.values()))
    assert bounds(granularity, "mse").keys() == bounds(granularity).keys()
    total = computed["digit.s0"].histogram.total  # type: ignore[attr-defined]
    assert total == {"tensor": 360, "iteration": 120}.get(granularity.value, total)


def test_spare_bits_of_channels() -> None:
    """Given a channel a quarter as large, when formats are compared, then two bits gained."""
    weight = np.array(NETWORK.tensors["conv.weight"])
    weight[0] *= 1.0 / np.abs(weight[0]).max()
    weight[1] *= 0.25 / np.abs(weight[1]).max()
    whole = Observation.of(weight, "conv.weight")
    channels = by_group(weight, Split(axis=0, count=2), "conv.weight")
    assert spare_bits(channels, whole, MinMax(), 8) == (0, 2)
    network = replace(NETWORK, tensors=dict(NETWORK.tensors) | {"conv.weight": weight})
    split = {"primary": Split(axis=0, count=2)}
    found = calibrate(network, small_images(5), REAL, splits=split)
    types = [found["primary[0]"], found["primary[1]"]]
    assert min(spare_bits(types, found["primary"], MinMax(), 8)) == 0
