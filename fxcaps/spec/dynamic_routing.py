"""The normative dynamic_routing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING, DynamicRouting
from fxcaps.ops.parameters import Parameters
from fxcaps.spec.add import add
from fxcaps.spec.agreement import agreement
from fxcaps.spec.softmax import softmax
from fxcaps.spec.squash import squash
from fxcaps.spec.weighted_sum import weighted_sum
from fxcaps.types import Format, Log, Rejection, Tensor, signatures


def dynamic_routing(
    params: DynamicRouting, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Routing by agreement; page `ops/dynamic_routing.md`."""
    # DR-1 guard
    shapes = DYNAMIC_ROUTING.guard(params, signatures(inputs), formats)
    votes, sources = inputs["votes"], dict(inputs)

    def part(
        call: Callable[..., dict[str, Tensor]],
        parameters: Parameters,
        given: dict[str, Tensor],
        target: str,
    ) -> Tensor:
        events = Log(image=log.image)
        try:
            made = call(parameters, given, {"out": formats[target]}, events)["out"]
        except Rejection as rejection:
            raise rejection.within(target) from None
        log.adopt(events, {"out": target})
        return made

    # DR-2 start: logits are zero
    b = Tensor(shapes["b0"], formats["b0"], [0] * (votes.shape[0] * votes.shape[1]))
    made = {"b0": b}
    for r, it in enumerate(params.iterations):
        # DR-3 couple, sum, squash
        c = made[f"c{r}"] = part(softmax, it.softmax, {"x": b}, f"c{r}")
        s = made[f"s{r}"] = part(weighted_sum, it.weighted_sum, sources | {"c": c}, f"s{r}")
        v = made[f"v{r}"] = part(squash, it.squash, {"x": s}, f"v{r}")
        # DR-4 agree and update, after the last iteration only where asked for
        if params.updates(r):
            a = part(agreement, it.agreement, {"votes": votes, "v": v}, f"a{r}")
            made[f"a{r}"] = a
            b = made[f"b{r + 1}"] = part(add, it.update, {"a": b, "b": a}, f"b{r + 1}")
    return made
