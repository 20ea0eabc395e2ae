"""The table of engine functions."""

from __future__ import annotations

from fxcaps.engine.add import add
from fxcaps.engine.affine import affine
from fxcaps.engine.agreement import agreement
from fxcaps.engine.argmax import argmax
from fxcaps.engine.conv2d import conv2d
from fxcaps.engine.conv_routing import conv_routing
from fxcaps.engine.conv_votes import conv_votes
from fxcaps.engine.dense import dense
from fxcaps.engine.divide import divide
from fxcaps.engine.dynamic_routing import dynamic_routing
from fxcaps.engine.isqrt import isqrt
from fxcaps.engine.layout import layout
from fxcaps.engine.length import length
from fxcaps.engine.quantize import quantize
from fxcaps.engine.relu import relu
from fxcaps.engine.requantize import requantize
from fxcaps.engine.rescale import rescale
from fxcaps.engine.sigmoid import sigmoid
from fxcaps.engine.softmax import softmax
from fxcaps.engine.squash import squash
from fxcaps.engine.votes import votes
from fxcaps.engine.weighted_sum import weighted_sum
from fxcaps.ops.table import ENGINE, EngineFunction

__all__ = ["ENGINE", "EngineFunction"]

_OWN: dict[str, EngineFunction] = {
    "add": add,
    "affine": affine,
    "agreement": agreement,
    "argmax": argmax,
    "conv2d": conv2d,
    "conv_routing": conv_routing,
    "conv_votes": conv_votes,
    "dense": dense,
    "divide": divide,
    "dynamic_routing": dynamic_routing,
    "isqrt": isqrt,
    "layout": layout,
    "length": length,
    "quantize": quantize,
    "relu": relu,
    "requantize": requantize,
    "rescale": rescale,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "squash": squash,
    "votes": votes,
    "weighted_sum": weighted_sum,
}
"""Operation name -> engine function."""

ENGINE.fill(_OWN)
