"""Block-wise progressive assignment, a reconstruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxcaps.allocate.layers import layers
from fxcaps.allocate.method import Problem, register_method
from fxcaps.allocate.progressive import Progressive, Unit, units_of


@dataclass(frozen=True, kw_only=True)
class ProgressiveBlock(Progressive):
    """The layers of a block share their widths first; then each is lowered. A reconstruction.

    In a network whose blocks have one layer each, such as ShallowCaps, the second stage is empty
    and the method is `progressive-layer`.
    """

    name: ClassVar[str] = "progressive-block"

    def stages(self, problem: Problem) -> list[list[Unit]]:
        """Blocks, then the layers of blocks that have several."""
        found = layers(problem.network)
        own = {
            layer.block: [other for other in found if other.block == layer.block] for layer in found
        }
        shared = [unit for group in own.values() for unit in units_of(group)]
        finer = [
            unit
            for group in own.values()
            if len(group) > 1
            for layer in group
            for unit in units_of([layer])
        ]
        return [shared, finer] if finer else [shared]


PROGRESSIVE_BLOCK = register_method(ProgressiveBlock())
