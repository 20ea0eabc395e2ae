"""The table of engine functions."""

from __future__ import annotations

from collections.abc import Callable

from fxcaps.engine.add import add
from fxcaps.engine.affine import affine
from fxcaps.engine.agreement import agreement
from fxcaps.engine.argmax import argmax
from fxcaps.engine.conv2d import conv2d
from fxcaps.engine.dense import dense
from fxcaps.engine.dynamic_routing import dynamic_routing
from fxcaps.engine.isqrt import isqrt
from fxcaps.engine.layout import layout
from fxcaps.engine.length import length
from fxcaps.engine.quantize import quantize
from fxcaps.engine.relu import relu
from fxcaps.engine.requantize import requantize
from fxcaps.engine.rescale import rescale
from fxcaps.engine.softmax import softmax
from fxcaps.engine.squash import squash
from fxcaps.engine.votes import votes
from fxcaps.engine.weighted_sum import weighted_sum
from fxcaps.ops.batch import Result

EngineFunction = Callable[..., Result]
"""(params, inputs by port, output formats by port) -> result, for a batch of images."""

ENGINE: dict[str, EngineFunction] = {
    "add": add,
    "affine": affine,
    "agreement": agreement,
    "argmax": argmax,
    "conv2d": conv2d,
    "dense": dense,
    "dynamic_routing": dynamic_routing,
    "isqrt": isqrt,
    "layout": layout,
    "length": length,
    "quantize": quantize,
    "relu": relu,
    "requantize": requantize,
    "rescale": rescale,
    "softmax": softmax,
    "squash": squash,
    "votes": votes,
    "weighted_sum": weighted_sum,
}
"""Operation name -> engine function."""
