"""The operations as differentiable PyTorch functions, and how their tensors start.

The twins of `fxcaps.real`: the same keys, the same axes, equal values in float64.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from fxcaps.ops import Conv2d, DynamicRouting, Parameters, Quantize, Reshape
from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING
from fxcaps.types import Reason, Rejection, Shape

Tensors = dict[str, Tensor]
"""Values by port; inputs that are not constant, and outputs, have a leading batch axis."""

Layer = Callable[[Any, Tensors], Tensors]
Initial = Callable[[Mapping[str, Shape], torch.Generator], Tensors]

_VOTE_SPREAD = 0.1
"""Standard deviation of new capsule weights: sums of about 1,000 votes start near length 0.1."""


def _add(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001 - no formats here
    return {"out": inputs["a"] + inputs["b"]}


def _agreement(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    return {"out": torch.einsum("nijd,njd->nij", inputs["votes"], inputs["v"])}


def _argmax(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    return {"out": inputs["x"].argmax(dim=-1)}


def _conv2d(params: Conv2d, inputs: Tensors) -> Tensors:
    top, bottom, left, right = params.padding
    # Channels last in memory is what the permuted views are: nothing is copied.
    x = functional.pad(inputs["x"].permute(0, 3, 1, 2), (left, right, top, bottom))
    weight = inputs["weight"].permute(0, 3, 1, 2)
    out = functional.conv2d(x, weight, inputs.get("bias"), stride=params.stride)
    out = torch.relu(out) if params.relu else out
    return {"out": out.permute(0, 2, 3, 1)}


def _dynamic_routing(params: DynamicRouting, inputs: Tensors) -> Tensors:
    """Gradients pass through the last iteration's sum and squash alone; couplings are constants."""
    votes = inputs["votes"]
    known = inputs | {"b0": votes.new_zeros(votes.shape[:3])}
    last = len(params.iterations) - 1
    for part in DYNAMIC_ROUTING.parts(params, inputs):
        given = {port: known[source] for port, source in part.inputs.items()}
        target = part.outputs["out"]
        with torch.set_grad_enabled(torch.is_grad_enabled() and target in (f"s{last}", f"v{last}")):
            known[target] = LAYERS[part.params.operation](part.params, given)["out"]
    return {port: known[port] for port in DYNAMIC_ROUTING.outputs(params)}


def _layout(params: Parameters, inputs: Tensors) -> Tensors:
    if not isinstance(params, Reshape):
        raise Rejection(Reason.NAME_UNKNOWN, f"training has no layout {type(params).__name__}")
    return {"out": inputs["x"].reshape(-1, *params.shape)}


def _length(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    return {"out": _norm(inputs["x"].square().sum(dim=-1))}


def _quantize(params: Quantize, inputs: Tensors) -> Tensors:
    return {"out": inputs["x"] * (params.numerator / params.denominator)}


def _softmax(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    return {"out": torch.softmax(inputs["x"], dim=-1)}


def _squash(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    x = inputs["x"]
    squares = x.square().sum(dim=-1, keepdim=True)
    return {"out": x * (_norm(squares) / (1.0 + squares))}


def _votes(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    u, weight = inputs["u"], inputs["weight"]
    count = u.shape[1]
    matrices, capsules, dim_out, dim_in = weight.shape
    rows = weight.reshape(matrices, capsules * dim_out, dim_in)
    rows = rows.repeat(count // matrices, 1, 1)
    products = torch.bmm(u.transpose(0, 1), rows.transpose(1, 2))
    return {"out": products.view(count, len(u), capsules, dim_out).transpose(0, 1)}


def _weighted_sum(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    c, votes = inputs["c"], inputs["votes"]
    capsules = votes.shape[2]
    out = torch.einsum("nij,nijd->njd", c.repeat(1, 1, capsules // c.shape[2]), votes)
    if "bias" in inputs:
        bias = inputs["bias"]
        out = out + bias.repeat(capsules // bias.shape[0], 1)
    return {"out": out}


def _norm(squares: Tensor) -> Tensor:
    """Root of a sum of squares; the floor keeps the slope at 0 finite, and is 0 beside 1e-150."""
    return squares.clamp_min(torch.finfo(squares.dtype).tiny).sqrt()


LAYERS: dict[str, Layer] = {
    "add": _add,
    "agreement": _agreement,
    "argmax": _argmax,
    "conv2d": _conv2d,
    "dynamic_routing": _dynamic_routing,
    "layout": _layout,
    "length": _length,
    "quantize": _quantize,
    "softmax": _softmax,
    "squash": _squash,
    "votes": _votes,
    "weighted_sum": _weighted_sum,
}
"""Operation name -> layer."""


def layer_of(name: str) -> Layer:
    """The layer of an operation; rejects those that cannot be trained with `NAME_UNKNOWN`."""
    if name not in LAYERS:
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"training has no operation {name!r}; known: {', '.join(LAYERS)}",
        )
    return LAYERS[name]


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


INITIAL: dict[str, Initial] = {"conv2d": _start_conv2d, "votes": _start_votes}
"""Operation name -> its new tensors by port."""


def initial_of(name: str) -> Initial:
    """How an operation's tensors start: at zero (biases of sums) unless the table says more."""
    return INITIAL.get(name, _start_at_zero)
