"""The twin of dynamic_routing: the twins of its parts, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fxcaps.ops import DynamicRouting, Parameters
from fxcaps.types import Count, Event, Format, Tensor
from tests.twin.add import add
from tests.twin.agreement import agreement
from tests.twin.nested import Outcome, Refused
from tests.twin.softmax import softmax
from tests.twin.squash import squash
from tests.twin.weighted_sum import weighted_sum

Part = Callable[..., Outcome]


def dynamic_routing(
    params: DynamicRouting, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]
) -> Outcome:
    """Couple, sum, squash, agree, update, from zero logits."""
    grid = inputs["votes"].shape[:2]
    known = dict(inputs) | {"b0": Tensor(grid, formats["b0"], [0] * (grid[0] * grid[1]))}
    events: dict[str, dict[Event, Count]] = {}

    def make(target: str, part: Part, chosen: Parameters, **sources: str) -> None:
        given = {port: known[source] for port, source in sources.items()}
        try:
            made = part(chosen, given, {"out": formats[target]})
        except Refused as refused:
            raise Refused(refused.reason, f"{target}: {refused.message}") from None
        known[target] = made.outputs["out"]
        if made.events:
            events[target] = made.events["out"]

    bias = {"bias": "bias"} if "bias" in inputs else {}
    last = len(params.iterations) - 1
    for r, chosen in enumerate(params.iterations):
        make(f"c{r}", softmax, chosen.softmax, x=f"b{r}")
        make(f"s{r}", weighted_sum, chosen.weighted_sum, c=f"c{r}", votes="votes", **bias)
        make(f"v{r}", squash, chosen.squash, x=f"s{r}")
        if r < last or params.update_last:
            make(f"a{r}", agreement, chosen.agreement, votes="votes", v=f"v{r}")
            make(f"b{r + 1}", add, chosen.update, a=f"b{r}", b=f"a{r}")
    return Outcome({port: known[port] for port in known if port not in inputs}, events)
