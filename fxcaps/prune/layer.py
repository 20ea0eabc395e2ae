"""Where the primary capsules of a Network are: their convolution, types and components."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fxcaps.network import Network, Step
from fxcaps.ops import Conv2d, Votes
from fxcaps.ops.selection import Selection
from fxcaps.prune.narrow import Kept, follow
from fxcaps.types import Reason, Rejection


@dataclass(frozen=True)
class PrimaryLayer:
    """The capsules whose votes the class capsules are made of.

    Args:
        network: that they belong to.
        weight: name of their convolution's weights `(types * dim, KH, KW, C)`; output channel
            `t * dim + d` is component `d` of type `t`.
        votes: the step that multiplies them by their matrices.
        types: capsule types.
        dim: components of a capsule.
    """

    network: Network
    weight: str
    votes: Step
    types: int
    dim: int

    @property
    def capsules(self) -> str:
        """Name of the capsules `(I, dim)`."""
        return self.votes.inputs["u"]

    @property
    def tail(self) -> tuple[Step, ...]:
        """The steps after the votes."""
        steps = self.network.steps
        return steps[steps.index(self.votes) + 1 :]

    def start(self, types: Iterable[int]) -> dict[str, Selection]:
        """What is kept of the convolution's weights with some of the types."""
        channels = tuple(t * self.dim + d for t in types for d in range(self.dim))
        return {self.weight: {0: channels}}

    def followed(self, types: Iterable[int]) -> tuple[tuple[Step, ...], Kept]:
        """Steps over some of the types, and what is kept of every tensor."""
        network = self.network
        return follow(network.steps, network.shapes(), network.expected, self.start(types))

    def members(self) -> tuple[tuple[int, ...], ...]:
        """The capsules of each type, by their places among all."""
        every = tuple(range(self.network.shapes()[self.capsules][0]))
        if self.types == 1:
            return (every,)
        return tuple(self.followed((t,))[1][self.capsules].get(0, every) for t in range(self.types))


def find_primary(network: Network) -> PrimaryLayer:
    """The primary capsules of a Network: what its first votes read, back to a convolution.

    Rejects a Network without votes, or whose capsules come from anything but one convolution
    with whole capsules as channels (`NAME_UNKNOWN`).
    """
    votes = next((step for step in network.steps if isinstance(step.params, Votes)), None)
    if votes is None:
        raise _none(network, "no step makes votes of capsules with matrices of their own")
    makers = {name: step for step in network.steps for name in step.outputs.values()}
    tensor = votes.inputs["u"]
    while True:
        step = makers.get(tensor)
        if step is None:
            raise _none(network, f"{votes.inputs['u']!r} comes from no convolution")
        if isinstance(step.params, Conv2d):
            break
        sources = [name for name in step.inputs.values() if name not in network.expected]
        if len(sources) != 1:
            raise _none(
                network,
                f"{votes.inputs['u']!r} comes from several tensors, which meet in step "
                f"{step.name!r}",
            )
        tensor = sources[0]
    shapes = network.shapes()
    dim, channels = shapes[votes.inputs["u"]][1], shapes[tensor][2]
    if channels % dim:
        raise _none(
            network, f"step {step.name!r} makes {channels} channels, which are no capsules of {dim}"
        )
    return PrimaryLayer(network, step.inputs["weight"], votes, channels // dim, dim)


def _none(network: Network, why: str) -> Rejection:
    return Rejection(Reason.NAME_UNKNOWN, f"{network.name} has no primary capsule types: {why}")
