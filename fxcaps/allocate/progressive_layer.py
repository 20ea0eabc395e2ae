"""Layer-wise progressive assignment, a reconstruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxcaps.allocate.layers import layers
from fxcaps.allocate.method import Problem, register_method
from fxcaps.allocate.progressive import Progressive, Unit, units_of


@dataclass(frozen=True, kw_only=True)
class ProgressiveLayer(Progressive):
    """One width for the weights and one for the activations of every layer. A reconstruction."""

    name: ClassVar[str] = "progressive-layer"

    def stages(self, problem: Problem) -> list[list[Unit]]:
        """Layer by layer."""
        return [[unit for layer in layers(problem.network) for unit in units_of([layer])]]


PROGRESSIVE_LAYER = register_method(ProgressiveLayer())
