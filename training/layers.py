"""The operations as differentiable PyTorch functions.

The twins of `fxcaps.real`: the same keys, the same axes, equal values in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from fxcaps.ops import (
    Concat,
    Conv2d,
    ConvRouting,
    ConvVotes,
    DynamicRouting,
    EpsilonAt,
    Parameters,
    Quantize,
    Reshape,
    SquashAxes,
    SquashExact,
    Transpose,
)
from fxcaps.ops.conv_routing import CONV_ROUTING
from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING
from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.types import Reason, Rejection

Tensors = dict[str, Tensor]
"""Values by port; inputs that are not constant, and outputs, have a leading batch axis."""

Layer = Callable[[Any, Tensors], Tensors]


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


def _conv_routing(params: ConvRouting, inputs: Tensors) -> Tensors:
    whole = params.squash_axes is SquashAxes.GRID
    return _route(CONV_ROUTING, params, inputs, {"squash": _squash_grids} if whole else {})


def _conv_votes(params: ConvVotes, inputs: Tensors) -> Tensors:
    """One convolution for each kernel, over all images and the input types that share it."""
    u, weight = inputs["u"], inputs["weight"]
    count, types, dim = weight.shape[:3]
    rows, columns = u.shape[1:3]
    made = []
    for k in range(count):
        maps = u[:, :, :, k::count].permute(0, 3, 1, 2, 4).reshape(-1, rows, columns, u.shape[4])
        given = {"x": maps, "weight": weight[k].flatten(0, 1)}
        given |= {"bias": inputs["bias"][k].flatten()} if "bias" in inputs else {}
        windows = Conv2d(stride=params.stride, padding=params.padding)
        votes = _conv2d(windows, given)["out"]
        made.append(votes.reshape(len(u), -1, *votes.shape[1:3], types, dim))
    # kernel i mod count of input type i
    return {"out": torch.stack(made, dim=2).flatten(1, 2)}


def _dynamic_routing(params: DynamicRouting, inputs: Tensors) -> Tensors:
    return _route(DYNAMIC_ROUTING, params, inputs, {})


def _layout(params: Parameters, inputs: Tensors) -> Tensors:
    x = inputs["x"]
    match params:
        case Reshape():
            return {"out": x.reshape(-1, *params.shape)}
        case Transpose():
            return {"out": x.permute(0, *(axis + 1 for axis in params.axes))}
        case Concat():
            return {"out": torch.cat([x, inputs["y"]], dim=params.axis + 1)}
    raise Rejection(Reason.NAME_UNKNOWN, f"training has no layout {type(params).__name__}")


def _length(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    return {"out": _norm(inputs["x"].square().sum(dim=-1))}


def _quantize(params: Quantize, inputs: Tensors) -> Tensors:
    return {"out": inputs["x"] * (params.numerator / params.denominator)}


def _softmax(params: Parameters, inputs: Tensors) -> Tensors:  # noqa: ARG001
    return {"out": torch.softmax(inputs["x"], dim=-1)}


def _route(
    operation: RoutingOperation, params: Routing, inputs: Tensors, calls: Mapping[str, Layer]
) -> Tensors:
    """Gradients pass through the last iteration's sum and squash alone; couplings are constants."""
    constant = {port.name for port in operation.inputs if port.constant}
    shapes = {
        port: tuple(value.shape if port in constant else value.shape[1:])
        for port, value in inputs.items()
    }
    shapes |= operation.shapes(params, shapes)
    batch, last = len(inputs["votes"]), len(params.iterations) - 1
    known = inputs | {"b0": inputs["votes"].new_zeros((batch, *shapes["b0"]))}
    for part in operation.parts(params, inputs):
        name, target = part.params.operation, part.outputs["out"]
        with torch.set_grad_enabled(torch.is_grad_enabled() and target in (f"s{last}", f"v{last}")):
            given = {
                port: known[part.inputs[port]].reshape(
                    shape if port in constant else (batch, *shape)
                )
                for port, shape in operation.part_shapes(params, part, shapes).items()
            }
            made = (calls.get(name) or LAYERS[name])(part.params, given)["out"]
            known[target] = made.reshape(batch, *shapes[target])
    return {port: known[port] for port in operation.outputs(params)}


def _squash(params: Parameters, inputs: Tensors) -> Tensors:
    x = inputs["x"]
    squares = x.square().sum(dim=-1, keepdim=True)
    if isinstance(params, SquashExact) and params.epsilon[0]:
        return {"out": x * _factor(params, squares)}
    return {"out": x * (_norm(squares) / (1.0 + squares))}


def _factor(params: SquashExact, squares: Tensor) -> Tensor:
    """What the vector is multiplied by where training code adds an epsilon."""
    epsilon = params.epsilon[0] / params.epsilon[1]
    if params.epsilon_at is EpsilonAt.SQUARES:
        return (squares + epsilon).sqrt() / (1.0 + squares + epsilon)
    root = params.epsilon_at is EpsilonAt.ROOT
    return (
        squares
        / (1.0 + squares)
        / ((squares + epsilon).sqrt() if root else _norm(squares) + epsilon)
    )


def _squash_grids(params: Parameters, inputs: Tensors) -> Tensors:
    """All values `(N, H, W, J, D)` of an output type are one vector."""
    maps = inputs["x"].permute(0, 3, 1, 2, 4)
    made = _squash(params, {"x": maps.flatten(2)})["out"].reshape(maps.shape)
    return {"out": made.permute(0, 2, 3, 1, 4)}


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
    "conv_routing": _conv_routing,
    "conv_votes": _conv_votes,
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
