"""Parameters, multiply-accumulates and memory of Networks and Programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fxcaps.network.network import Network
from fxcaps.network.program import Kind, Program
from fxcaps.network.step import Step
from fxcaps.ops import operation_of
from fxcaps.ops.operation import size
from fxcaps.types import Shape

FLOAT_BITS = 32
"""What memory is compared against."""


@dataclass(frozen=True)
class Memory:
    """Bits of a Program's words and of the same tensors as 32-bit floats.

    Args:
        weight_bits: of all constants, and 32 for each trained number in the steps' parameters.
        activation_bits: of one image's computed tensors, every named one, inputs included.
        weights: words of all constants, and those numbers.
        activations: words of those tensors.
    """

    weight_bits: int
    activation_bits: int
    weights: int
    activations: int

    @property
    def weight_ratio(self) -> float:
        """How many times smaller than 32-bit floats the weights are; 1 where there are none."""
        return FLOAT_BITS * self.weights / self.weight_bits if self.weights else 1.0

    @property
    def activation_ratio(self) -> float:
        """How many times smaller than 32-bit floats the activations are; 1 likewise."""
        return FLOAT_BITS * self.activations / self.activation_bits if self.activations else 1.0


def memory(program: Program) -> Memory:
    """Memory of a Program from its tensor table.

    What a batch normalisation has trained stands in the parameters of its step, in exact rationals
    that have no words: each counts as the 32-bit float that it was.
    """
    held = sum(trained(program.steps).values())
    constant = [e for e in program.tensors.values() if e.kind is Kind.CONSTANT]
    others = [e for e in program.tensors.values() if e.kind is not Kind.CONSTANT]
    return Memory(
        sum(size(entry.shape) * entry.format.width for entry in constant) + FLOAT_BITS * held,
        sum(size(entry.shape) * entry.format.width for entry in others),
        sum(size(entry.shape) for entry in constant) + held,
        sum(size(entry.shape) for entry in others),
    )


def parameters(network: Network) -> dict[str, int]:
    """Trained parameters by tensor; constants of the architecture do not count.

    The scales and offsets of a batch normalisation count like the factors and summands that were
    trained, as `step.scale` and `step.offset`; its running statistics do not.
    """
    counts = {
        name: size(shape) for name, shape in network.expected.items() if name not in network.fixed
    }
    return counts | trained(network.steps)


def trained(steps: tuple[Step, ...]) -> dict[str, int]:
    """Trained numbers that stand in parameters of steps, by `step.name`."""
    return {
        f"{step.name}.{name}": count
        for step in steps
        for name, count in operation_of(step.params).trained(step.params).items()
    }


def macs(steps: tuple[Step, ...], shapes: Mapping[str, Shape]) -> dict[str, int]:
    """Multiply-accumulates of one image by step; steps without any are absent."""
    counts = {
        step.name: operation_of(step.params).macs(
            step.params, {port: shapes[name] for port, name in step.inputs.items()}
        )
        for step in steps
    }
    return {name: count for name, count in counts.items() if count}
