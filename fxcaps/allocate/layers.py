"""Layers: what one set of trained weights makes, finer than blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

from fxcaps.network import Network
from fxcaps.network.blocks import blocks, factors
from fxcaps.ops import operation_of


@dataclass
class Layer:
    """Tensors from one product with trained weights to the next.

    Args:
        block: name of the block that it belongs to.
        weights: trained constants that its steps read.
        fixed: constants of the architecture, likewise.
        activations: computed tensors in the order of the schedule.
        routing: of those, what a step of several parts (routing) makes, and the votes it reads.
    """

    block: str
    weights: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    activations: list[str] = field(default_factory=list)
    routing: list[str] = field(default_factory=list)


def layers(network: Network) -> tuple[Layer, ...]:
    """The layers of a network in the order of its schedule.

    A layer begins at a step that multiplies by trained weights of a block, unless it would be the
    first, which begins with the schedule; weights that only add belong to the layer that adds them.
    """
    home = {name: block.name for block in blocks(network) for name in block.weights}
    shapes = network.shapes()
    found: list[Layer] = []
    for step in network.steps:
        given = {port: shapes[name] for port, name in step.inputs.items()}
        ports = factors(step.params, given) or ()
        begins = [step.inputs[port] for port in ports if step.inputs[port] in home]
        if not found:
            found.append(Layer(next(iter(home.values()))))
        elif begins and (found[-1].weights or home[begins[0]] != found[-1].block):
            found.append(Layer(home[begins[0]]))
        layer, made = found[-1], list(step.outputs.values())
        constants = [name for name in step.inputs.values() if name in network.expected]
        layer.weights += [name for name in constants if name not in network.fixed]
        layer.fixed += [name for name in constants if name in network.fixed]
        layer.activations += made
        if operation_of(step.params).parts(step.params, step.inputs):
            read = [name for name in step.inputs.values() if name in layer.activations]
            layer.routing += [name for name in (*read, *made) if name not in layer.routing]
    return tuple(found)
