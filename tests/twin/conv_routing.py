"""The twin of conv_routing: the twins of its parts on the words that belong together, by index."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from fxcaps.ops import ConvRouting, Parameters, RoutingIteration, SoftmaxAxes, SquashAxes
from fxcaps.types import Count, Event, Format, Shape, Tensor
from tests.twin.add import add
from tests.twin.agreement import agreement
from tests.twin.nested import Index, Outcome, Refused
from tests.twin.softmax import softmax
from tests.twin.squash import squash
from tests.twin.weighted_sum import weighted_sum

Places = Sequence[Index]


def conv_routing(
    params: ConvRouting, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]
) -> Outcome:
    """Couple, sum, squash, agree, update, from zero logits."""
    routing = _Routing(params, inputs, formats)
    routing.made["b0"] = Tensor(routing.pairs, formats["b0"], [0] * prod(routing.pairs))
    last = len(params.iterations) - 1
    for r, chosen in enumerate(params.iterations):
        routing.couple(r, chosen)
        routing.sum(r, chosen)
        routing.squash(r, chosen)
        if r < last or params.update_last:
            routing.agree(r, chosen)
            routing.update(r, chosen)
    return Outcome(routing.made, routing.events)


def pick(tensor: Tensor, places: Places, *shape: int) -> Tensor:
    """The words at some places of a tensor as a tensor of their own, a vector by default."""
    words = [tensor.words[_flat(tensor.shape, place)] for place in places]
    return Tensor(shape or (len(words),), tensor.format, words)


def _flat(shape: Shape, place: Index) -> int:
    flat = 0
    for extent, position in zip(shape, place, strict=True):
        flat = flat * extent + position
    return flat


@dataclass
class _Routing:
    """The intermediates so far, and the events."""

    params: ConvRouting
    inputs: Mapping[str, Tensor]
    formats: Mapping[str, Format]
    made: dict[str, Tensor] = field(default_factory=dict)
    events: dict[str, dict[Event, Count]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.types, *extents, self.capsules, self.dim = self.inputs["votes"].shape
        self.grid = list(itertools.product(*map(range, extents)))
        self.pairs = (self.types, *extents, self.capsules)
        self.outs = (*extents, self.capsules, self.dim)

    def couple(self, r: int, chosen: RoutingIteration) -> None:
        """Each input type divides itself among what the softmax takes together."""
        joint = self.params.softmax_axes is SoftmaxAxes.JOINT
        areas = [self.grid] if joint else [[spot] for spot in self.grid]
        rows = [
            [(i, *spot, j) for spot in area for j in range(self.capsules)]
            for i in range(self.types)
            for area in areas
        ]
        given = (({"x": pick(self.made[f"b{r}"], row)}, row) for row in rows)
        self.make(f"c{r}", self.pairs, softmax, chosen.softmax, given)

    def sum(self, r: int, chosen: RoutingIteration) -> None:
        """One output capsule at one position, from all input types."""
        count, dim, sources = self.types, self.dim, []
        for spot, j in itertools.product(self.grid, range(self.capsules)):
            places = [(*spot, j, d) for d in range(dim)]
            votes = [(i, *place) for i in range(count) for place in places]
            given = {
                "c": pick(self.made[f"c{r}"], [(i, *spot, j) for i in range(count)], count, 1),
                "votes": pick(self.inputs["votes"], votes, count, 1, dim),
            }
            if "bias" in self.inputs:
                bias = self.inputs["bias"]
                own = [(j % bias.shape[0], d) for d in range(dim)]
                given["bias"] = pick(bias, own, 1, dim)
            sources.append((given, places))
        self.make(f"s{r}", self.outs, weighted_sum, chosen.weighted_sum, sources)

    def squash(self, r: int, chosen: RoutingIteration) -> None:
        """A capsule, or all capsules of a type, as one vector."""
        spots, types, dims = self.grid, range(self.capsules), range(self.dim)
        whole = self.params.squash_axes is SquashAxes.GRID
        vectors = [[(*spot, j, d) for d in dims] for spot in spots for j in types]
        if whole:
            vectors = [[(*spot, j, d) for spot in spots for d in dims] for j in types]
        given = (({"x": pick(self.made[f"s{r}"], vector)}, vector) for vector in vectors)
        self.make(f"v{r}", self.outs, squash, chosen.squash, given, name="type" if whole else "")

    def agree(self, r: int, chosen: RoutingIteration) -> None:
        """One vote with the capsule it is for."""
        sources = []
        for place in itertools.product(*map(range, self.pairs)):
            vote = [(*place, d) for d in range(self.dim)]
            given = {
                "votes": pick(self.inputs["votes"], vote, 1, 1, self.dim),
                "v": pick(self.made[f"v{r}"], [index[1:] for index in vote], 1, self.dim),
            }
            sources.append((given, [place]))
        self.make(f"a{r}", self.pairs, agreement, chosen.agreement, sources)

    def update(self, r: int, chosen: RoutingIteration) -> None:
        """All logits at once."""
        places = list(itertools.product(*map(range, self.pairs)))
        before, agreed = self.made[f"b{r}"], self.made[f"a{r}"]
        given = {"a": pick(before, places, *self.pairs), "b": pick(agreed, places, *self.pairs)}
        self.make(f"b{r + 1}", self.pairs, add, chosen.update, [(given, places)])

    def make(
        self,
        target: str,
        shape: Shape,
        part: Callable[..., Outcome],
        chosen: Parameters,
        sources: Iterable[tuple[dict[str, Tensor], Places]],
        name: str = "",
    ) -> None:
        """Put an intermediate together from calls of a part and the places that each one fills.

        Args:
            target: the intermediate.
            shape: of it.
            part: twin of the part.
            chosen: its parameters.
            sources: inputs of each call, and where its words go, in C order.
            name: what a call is in messages, its number behind it; none where words have their
                place in the intermediate.
        """
        format = self.formats[target]
        words: dict[int, int] = {}
        events: dict[Event, Count] = {}
        for number, (given, places) in enumerate(sources):
            flat = [_flat(shape, place) for place in places]
            try:
                called = part(chosen, given, {"out": format})
            except Refused as refused:
                told = f"{name} {number}: {refused.message}"
                if not name:
                    head, tail = refused.message.split("]", 1)
                    told = f"out[{flat[int(head.removeprefix('out['))]}]{tail}"
                raise Refused(refused.reason, f"{target}: {told}") from None
            words |= dict(zip(flat, called.outputs["out"].words, strict=True))
            for event, count in called.events.get("out", {}).items():
                first, before = flat[count.first], events.get(event, Count(0, prod(shape)))
                events[event] = Count(before.count + count.count, min(before.first, first))
        self.made[target] = Tensor(shape, format, [words[place] for place in sorted(words)])
        if events:
            self.events[target] = events
