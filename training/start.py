"""How new tensors start, by the operation that reads them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch

from fxcaps.network import Network, Step
from fxcaps.ops import Reshape
from fxcaps.types import Shape
from training.layers import Tensors

Initial = Callable[[Mapping[str, Shape], torch.Generator], Tensors]

_VOTE_SPREAD = 0.1
"""Standard deviation of new capsule weights: sums of about 1,000 votes start near length 0.1."""

_CAPSULE_GAIN = 2.5
"""Standard deviation of a new kernel over capsules, times the root of its window's size.

Capsules of length 0.6 then make sums of length 1.5, and those capsules of length 0.69. With the
published start a capsule of length x becomes one of about x**2: after ten layers nothing is left.
"""

_SUM_BIAS = 0.1
"""Bias of sums on a grid, as in both published codes."""


def _start_conv2d(shapes: Mapping[str, Shape], generator: torch.Generator) -> Tensors:
    """Uniform within one over the root of the window's size, weight and bias alike."""
    bound = 1 / math.sqrt(math.prod(shapes["weight"][1:]))
    return {
        port: torch.empty(shape).uniform_(-bound, bound, generator=generator)
        for port, shape in shapes.items()
    }


def _start_votes(shapes: Mapping[str, Shape], generator: torch.Generator) -> Tensors:
    return {
        port: torch.empty(shape).normal_(0.0, _VOTE_SPREAD, generator=generator)
        for port, shape in shapes.items()
    }


def _start_at_zero(shapes: Mapping[str, Shape], generator: torch.Generator) -> Tensors:  # noqa: ARG001
    return {port: torch.zeros(shape) for port, shape in shapes.items()}


def _start_kernel(shapes: Mapping[str, Shape], generator: torch.Generator) -> Tensors:
    """Normal, for kernels `(..., KH, KW, D_in)` that read capsules; biases at zero."""
    spread = _CAPSULE_GAIN / math.sqrt(math.prod(shapes["weight"][-3:]))
    made = {port: torch.zeros(shape) for port, shape in shapes.items()}
    made["weight"].normal_(0.0, spread, generator=generator)
    return made


def _start_sums(shapes: Mapping[str, Shape], generator: torch.Generator) -> Tensors:  # noqa: ARG001
    return {port: torch.full(shape, _SUM_BIAS) for port, shape in shapes.items()}


INITIAL: dict[str, Initial] = {
    "conv2d": _start_conv2d,
    "conv_routing": _start_sums,
    "conv_votes": _start_kernel,
    "votes": _start_votes,
}
"""Operation name -> its new tensors by port."""


def initial_of(network: Network, step: Step) -> Initial:
    """How the tensors of a step start: at zero (biases of sums) unless the table says more."""
    name = step.params.operation
    if name == "conv2d" and _reads_capsules(network, step):
        return _start_kernel
    return INITIAL.get(name, _start_at_zero)


def _reads_capsules(network: Network, step: Step) -> bool:
    """Whether a convolution reads capsules of a grid, flattened to maps."""
    makers = {name: made for made in network.steps for name in made.outputs.values()}
    flat = makers.get(step.inputs["x"])
    if flat is None or not isinstance(flat.params, Reshape):
        return False
    source = makers.get(flat.inputs["x"])
    return source is not None and source.params.operation in {"add", "squash"}
