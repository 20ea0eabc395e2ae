"""Stands for the evaluator of a large network: accuracies by a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fxcaps.network import Network, architecture
from fxcaps.quantize.widths import table_widths

TOTAL = 10_000
SHALLOW = architecture("shallowcaps-routed")


@dataclass
class Oracle:
    """Stands for the evaluator: accuracy falls with every missing bit, by block and kind.

    Args:
        loss: right images lost by the bits of each tensor.
    """

    loss: Callable[[Mapping[str, int]], float]
    asked: list[dict[str, int]] = field(default_factory=list)
    expected: int = 0
    network: Network = SHALLOW
    records: tuple[Any, ...] = ()

    def correct(self, width: Any) -> int:
        widths = table_widths(self.network, width)
        self.asked.append(widths)
        return max(0, TOTAL - 50 - int(self.loss(widths)))

    def reaches(self, width: Any, needed: int) -> bool:
        return self.correct(width) >= needed


def falling(weights: tuple[float, ...], activations: tuple[float, ...], routing: float) -> Oracle:
    """An oracle whose losses are so many images times 2**-bits for each block."""

    def loss(widths: Mapping[str, int]) -> float:
        lost = sum(
            factor * 2.0 ** (1 - widths[f"{name}.weight"])
            for name, factor in zip(("conv", "primary", "digit"), weights, strict=True)
        )
        lost += sum(
            factor * 2.0 ** (1 - widths[name])
            for name, factor in zip(("conv", "primary.s", "digit.v2"), activations, strict=True)
        )
        return lost + routing * 2.0 ** (1 - widths["digit.s1"])

    return Oracle(loss)
