"""dynamic_routing: routing by agreement, one composite step with its parts' parameters."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.operation import Shapes
from fxcaps.ops.registry import register
from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.ops.weighted_sum import WEIGHTED_SUM


@dataclass(frozen=True, kw_only=True)
class DynamicRouting(Routing):
    """Routing by agreement from zero logits.

    Args:
        iterations: one bundle an iteration, at least one.
        update_last: update the logits after the last iteration too, which changes no output
            but makes `a` and `b` of that iteration.

    Source: specification page `ops/dynamic_routing.md`; Sabour et al. 2017, procedure 1.
    """

    operation: ClassVar[str] = "dynamic_routing"


class DynamicRoutingOperation(RoutingOperation):
    """`votes (I, J, D)`, `bias (Jb, D)` -> the tensors of every iteration r, counted from 0.

    `b{r} (I, J)`, `c{r} (I, J)`, `s{r} (J, D)`, `v{r} (J, D)` and, where the logits are updated,
    `a{r} (I, J)` and `b{r+1} (I, J)`. The capsules are the last iteration's `v`.
    """

    name = "dynamic_routing"
    ranks = MappingProxyType({"votes": 3, "bias": 2})
    algorithms = (DynamicRouting,)

    def check_inputs(self, params: Any, inputs: Shapes) -> None:
        """What the weighted sum takes."""
        WEIGHTED_SUM.shapes(params, {"c": inputs["votes"][:2]} | dict(inputs))


DYNAMIC_ROUTING = register(DynamicRoutingOperation())
