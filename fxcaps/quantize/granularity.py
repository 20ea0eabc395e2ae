"""What shares a format, as far as the formats of a Program go.

A Program has one format a tensor, so nothing finer than a tensor can have its own: an output
channel or a capsule type that needs one is a step of its own in the Network (`take`, compute,
`concat`), and then a tensor. `spare_bits` says what that would gain. Coarser, tensors may share.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, blocks
from fxcaps.ops import operation_of
from fxcaps.quantize.calibration import Calibration, Observation, Split
from fxcaps.quantize.ranges import Range, Ranges, hull
from fxcaps.quantize.rules import Rule, Subject, bound, couplings_of


class Granularity(StrEnum):
    """What shares a bound."""

    TENSOR = "tensor"
    """One format for a quantity of dynamic routing in all iterations."""

    ITERATION = "iteration"
    """Every iteration its own: every tensor by itself."""

    BLOCK = "block"
    """One bound a block for its weights, one for its couplings, one for the other tensors of
    repeated routing (sums, agreements, logits) and one for the rest. Signs stay each tensor's own.
    """


def grouped(
    network: Network, ranges: Ranges, granularity: Granularity
) -> tuple[dict[str, Range], dict[str, Range]]:
    """What a rule is shown of computed tensors and of constants.

    Args:
        network: with its tensors.
        ranges: of the computed tensors; a calibration knows the constants, too.
        granularity: what shares.
    """
    known = ranges.constants if isinstance(ranges, Calibration) else {}
    constants: dict[str, Range] = {
        name: known.get(name) or Observation.of(network.tensors[name], f"tensor {name!r}")
        for name in network.expected
    }
    computed = dict(ranges)
    if granularity is Granularity.TENSOR:
        _share(computed, _families(network))
    elif granularity is Granularity.BLOCK:
        _share(computed, _kinds(network))
        _share(constants, (block.weights for block in blocks(network)))
    return computed, constants


def spare_bits(
    observations: Iterable[Observation], whole: Observation, rule: Rule, width: int
) -> tuple[int, ...]:
    """Bits that every group of a tensor would gain by a format of its own.

    Args:
        observations: of the groups.
        whole: of the tensor.
        rule: that chooses the formats.
        width: of the words.
    """
    shared = bound(rule.computed(whole, Subject(width=width)))
    return tuple(shared - bound(rule.computed(seen, Subject(width=width))) for seen in observations)


def by_group(values: NDArray[Any], split: Split, where: str) -> tuple[Observation, ...]:
    """What the groups of a constant hold, such as the output channels of weights.

    Args:
        values: of the tensor.
        split: its axis, and as many groups as positions for channels.
        where: for messages.
    """
    split.check(where, values.shape)
    return tuple(Observation.of(part, where) for part in split.parts(values[np.newaxis]))


def _share(seen: dict[str, Range], groups: Iterable[Iterable[str]]) -> None:
    for group in groups:
        names = list(group)
        seen |= dict.fromkeys(names, hull(seen[name] for name in names))


def _families(network: Network) -> Iterable[list[str]]:
    """A quantity in all iterations."""
    for step in network.steps:
        for family in operation_of(step.params).families(step.params):
            yield [step.outputs[port] for port in family]


def _kinds(network: Network) -> Iterable[list[str]]:
    """Couplings, the other tensors of repeated routing, and the rest of every block."""
    couplings = couplings_of(network)
    for block in blocks(network):
        routed = set(block.routed) - couplings
        for kind in (couplings, routed, set(block.activations) - couplings - routed):
            yield [name for name in block.activations if name in kind]
