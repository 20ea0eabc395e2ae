"""A PyTorch module made from a Network's description."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fxcaps.network import Network, Step
from fxcaps.ops import operation_of
from training.layers import Tensors, layer_of
from training.norm import TRAINED
from training.start import initial_of


class CapsuleModel(nn.Module):
    """The steps of a Network over trainable tensors.

    Args:
        network: the description; tensors that it already holds are the start.
        generator: draws the tensors that it does not hold.
        bfloat16: convolutions in bfloat16; sums of capsules stay in the parameters' type.

    The float64 forward of what is set to `eval` equals `fxcaps.network.forward`, tensor by tensor.
    """

    def __init__(
        self, network: Network, *, generator: torch.Generator, bfloat16: bool = False
    ) -> None:
        super().__init__()
        self.network = network
        self.in_bfloat16 = bfloat16
        self.lengths = network.outputs[0]
        """Name of the tensor of class scores."""
        maker = next(step for step in network.steps if self.lengths in step.outputs.values())
        self.capsules = maker.inputs["x"]
        """Name of the tensor whose lengths they are."""
        self.normalisations = nn.ModuleDict()
        for step in network.steps:
            name = operation_of(step.params).name
            if name in TRAINED:
                self.normalisations[_attribute(step.name)] = TRAINED[name](step.params)
                continue
            layer_of(name)
            for name, tensor in _start(network, step, generator).items():
                if name in network.fixed:
                    self.register_buffer(_attribute(name), tensor, persistent=False)
                else:
                    self.register_parameter(_attribute(name), nn.Parameter(tensor))

    def forward(self, images: Tensor) -> Tensors:
        """Every tensor of a batch by name.

        Args:
            images: `(N, *shape)` integers of the network's one input.
        """
        constants = {name: getattr(self, _attribute(name)) for name in self.network.expected}
        dtype = next(self.parameters()).dtype
        ((source, given_as),) = self.network.inputs.items()
        known = {source: images.to(dtype) * 2.0**-given_as.format.frac}
        for step in self.network.steps:
            given = self._given(step, constants, known)
            name = operation_of(step.params).name
            # Only convolutions gain from bfloat16: capsule sums are bound by memory, and
            # autocast would round the logits of routing.
            if self.in_bfloat16 and name == "conv2d":
                given = {port: value.to(torch.bfloat16) for port, value in given.items()}
            else:
                given = {port: value.to(dtype) for port, value in given.items()}
            if name in TRAINED:
                made = {"out": self.normalisations[_attribute(step.name)](given["x"])}
            else:
                made = layer_of(name)(step.params, given)
            known |= {target: made[port] for port, target in step.outputs.items()}
        return known

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The trained tensors by their names in the Network."""
        return {
            name: getattr(self, _attribute(name)).detach().numpy().astype(np.float32)
            for name in self.network.expected
            if name not in self.network.fixed
        }

    def trained(self) -> Network:
        """The Network with the trained tensors, and normalisations folded into parameters."""
        params = {
            step.name: self.normalisations[_attribute(step.name)].folded()
            for step in self.network.steps
            if operation_of(step.params).name in TRAINED
        }
        return self.network.with_tensors(self.tensors()).with_params(params)

    def _given(self, step: Step, constants: Mapping[str, Tensor], known: Tensors) -> Tensors:
        operation = operation_of(step.params)
        batch = len(next(iter(known.values())))
        constant = {port.name for port in operation.inputs if port.constant}
        given = {}
        for port, name in step.inputs.items():
            value = constants[name] if name in constants else known[name]
            if name in constants and port not in constant:
                value = value.expand(batch, *value.shape)
            given[port] = value
        return given


def _start(network: Network, step: Step, generator: torch.Generator) -> Tensors:
    """The tensors that a step reads: the Network's own, or new ones."""
    owned = {port: name for port, name in step.inputs.items() if name in network.expected}
    shapes = {port: network.expected[name] for port, name in owned.items()}
    made = initial_of(network, step)(shapes, generator)
    for port, name in owned.items():
        if name in network.tensors:
            # A file may hold float16 and the architecture's constants float64: one type here.
            made[port] = torch.from_numpy(network.tensors[name].astype(np.float32))
    return {name: made[port] for port, name in owned.items()}


def _attribute(name: str) -> str:
    """A tensor's name as PyTorch allows it."""
    return name.replace(".", "_")
