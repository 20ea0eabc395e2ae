"""Blocks: the groups of tensors for which published networks state their widths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fxcaps.network.network import Network
from fxcaps.network.step import Step
from fxcaps.ops import Parameters, operation_of
from fxcaps.ops.operands import Role
from fxcaps.types import Reason, Rejection, Shape


@dataclass(frozen=True)
class Block:
    """Tensors that belong together.

    Args:
        name: the part of its tensors' names before the first dot.
        weights: trained constants.
        fixed: constants of the architecture.
        activations: computed tensors in the order of the schedule.
        layers: those among them that are the output of a layer, see `blocks`.
        routed: those among them that are sums, agreements and logits of repeated routing.
        held: trained numbers that parameters of its steps hold (batch normalisation).
    """

    name: str
    weights: tuple[str, ...]
    fixed: tuple[str, ...]
    activations: tuple[str, ...]
    layers: tuple[str, ...]
    routed: tuple[str, ...]
    held: int


def blocks(network: Network) -> tuple[Block, ...]:
    """The blocks of a network in the order of its schedule.

    Tensors whose names agree up to the first dot form a group. A group with trained tensors is a
    block; another (`norm`, `concat`, `length`) belongs to the block before it, or to the first.

    The output of a layer, which is what Q-CapsNets counts as an activation, is where its chain
    ends: from a product with trained weights on, through steps that read one computed tensor and
    stay in the group, to a tensor that several steps read, that a sum or the next weights read,
    or that leaves the group. The chain of the image begins at the input.

    Rejects a network without trained tensors (`TENSOR_MISSING`).
    """
    groups = _groups(network)
    trained = {group_of(name) for name in network.expected if name not in network.fixed}
    if not trained:
        raise Rejection(Reason.TENSOR_MISSING, f"{network.name} has no trained tensors")
    home = _homes(groups, trained)
    layers = _Layers(network).outputs()
    routed = [name for step in network.steps for name in _routed(step)]
    made = [name for step in network.steps for name in step.outputs.values()]

    def own(names: Iterable[str], block: str) -> tuple[str, ...]:
        return tuple(name for name in names if home[group_of(name)] == block)

    return tuple(
        Block(
            block,
            own((name for name in network.expected if name not in network.fixed), block),
            own((name for name in network.expected if name in network.fixed), block),
            own(made, block),
            own(layers, block),
            own(routed, block),
            sum(
                sum(operation_of(step.params).trained(step.params).values())
                for step in network.steps
                if own(step.outputs.values(), block)
            ),
        )
        for block in groups
        if block in trained
    )


def group_of(name: str) -> str:
    """The part of a tensor's name before the first dot."""
    return name.partition(".")[0]


def _groups(network: Network) -> list[str]:
    """Names of the groups in the order in which the schedule reaches them."""
    reached: dict[str, None] = dict.fromkeys(map(group_of, network.inputs))
    for step in network.steps:
        constants = [name for name in step.inputs.values() if name in network.expected]
        reached |= dict.fromkeys(map(group_of, (*step.outputs.values(), *constants)))
    return list(reached)


def _homes(groups: list[str], trained: set[str]) -> dict[str, str]:
    """Group -> block."""
    home: dict[str, str] = {}
    current = next(group for group in groups if group in trained)
    for group in groups:
        current = group if group in trained else current
        home[group] = current
    return home


def factors(params: Parameters, shapes: Mapping[str, Shape]) -> tuple[str, str] | None:
    """The two ports whose words an operation multiplies; `None` for one without products.

    Args:
        params: of the operation.
        shapes: of its inputs by port.
    """
    operation = operation_of(params)
    if not operation.macs(params, shapes):
        return None
    terms = operation.operands(params, shapes, 0)  # products come last
    ports = tuple(operand.port for operand in terms[-1]) if terms else ()
    return (ports[0], ports[1]) if len(ports) == 2 else None


def _routed(step: Step) -> list[str]:
    """Sums, agreements and logits of a step that routes more than once, in its own order."""
    parts = operation_of(step.params).parts(step.params, step.inputs)
    couplings = {
        source
        for part in parts
        for port, source in part.inputs.items()
        if operation_of(part.params).meanings.get(port) is Role.COUPLING
    }
    if len(couplings) < 2:
        return []
    found: set[str] = set()
    for part in parts:
        meanings = operation_of(part.params).meanings
        if Role.COUPLING in meanings.values() or Role.AGREEMENT in meanings.values():
            found |= set(part.outputs.values())
        if couplings & set(part.outputs.values()):
            found |= set(part.inputs.values())  # the logits that couplings are made of
    return [name for port, name in step.outputs.items() if port in found]


class _Layers:
    """Chains of steps from products with trained weights on."""

    def __init__(self, network: Network) -> None:
        self.network = network
        shapes = network.shapes()
        self.weighted = [step for step in network.steps if self._multiplies(step, shapes)]

    def outputs(self) -> tuple[str, ...]:
        """The image as the first layer reads it, and the output of every layer (see `blocks`)."""
        ends = [self._end(name, anywhere=True) for name in self.network.inputs]
        ends += [self._end(self._result(step), anywhere=False) for step in self.weighted]
        return tuple(dict.fromkeys(ends))

    def _multiplies(self, step: Step, shapes: Mapping[str, Shape]) -> bool:
        """Whether a step multiplies by trained weights."""
        given = {port: shapes[name] for port, name in step.inputs.items()}
        names = [step.inputs[port] for port in factors(step.params, given) or ()]
        trained = self.network.expected.keys() - self.network.fixed
        return any(name in trained for name in names)

    def _readers(self, tensor: str) -> list[Step]:
        return [step for step in self.network.steps if tensor in step.inputs.values()]

    def _result(self, step: Step) -> str:
        """The output that other steps read: the last such one, or the last of all."""
        names = list(step.outputs.values())
        return ([name for name in names if self._readers(name)] or names)[-1]

    def _end(self, tensor: str, *, anywhere: bool) -> str:
        while True:
            readers = self._readers(tensor)
            if len(readers) != 1 or readers[0] in self.weighted:
                return tensor
            computed = set(readers[0].inputs.values()) - set(self.network.expected)
            following = self._result(readers[0])
            if len(computed) > 1 or not (anywhere or group_of(following) == group_of(tensor)):
                return tensor
            tensor = following
