"""Progressive assignment with dynamic routing as its own granularity, a reconstruction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fxcaps.allocate.layers import Layer, layers
from fxcaps.allocate.method import Problem, register_method
from fxcaps.allocate.progressive import Progressive, Unit, units_of


@dataclass(frozen=True, kw_only=True)
class ProgressiveRouting(Progressive):
    """As layer-wise, but every tensor inside routing is a unit of its own. A reconstruction.

    These are the votes, and couplings, sums, capsules, logits and agreements of each iteration.
    """

    name: ClassVar[str] = "progressive-routing"

    def stages(self, problem: Problem) -> list[list[Unit]]:
        """Layers without routing, and the tensors of routing one by one."""
        found = layers(problem.network)
        outer = [unit for layer in found for unit in units_of([_without_routing(layer)])]
        inner = [(name,) for layer in found for name in layer.routing]
        return [[*outer, *inner]]


def _without_routing(layer: Layer) -> Layer:
    kept = [name for name in layer.activations if name not in layer.routing]
    return replace(layer, activations=kept)


PROGRESSIVE_ROUTING = register_method(ProgressiveRouting())
