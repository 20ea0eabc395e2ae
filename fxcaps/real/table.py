"""The table of real functions."""

from __future__ import annotations

from fxcaps.ops.table import REAL, RealFunction
from fxcaps.real.add import add
from fxcaps.real.affine import affine
from fxcaps.real.agreement import agreement
from fxcaps.real.argmax import argmax
from fxcaps.real.conv2d import conv2d
from fxcaps.real.conv_routing import conv_routing
from fxcaps.real.conv_votes import conv_votes
from fxcaps.real.dense import dense
from fxcaps.real.divide import divide
from fxcaps.real.dynamic_routing import dynamic_routing
from fxcaps.real.isqrt import isqrt
from fxcaps.real.layout import layout
from fxcaps.real.length import length
from fxcaps.real.quantize import quantize
from fxcaps.real.relu import relu
from fxcaps.real.requantize import requantize
from fxcaps.real.rescale import rescale
from fxcaps.real.sigmoid import sigmoid
from fxcaps.real.softmax import softmax
from fxcaps.real.squash import squash
from fxcaps.real.votes import votes
from fxcaps.real.weighted_sum import weighted_sum

__all__ = ["REAL", "RealFunction"]

_OWN: dict[str, RealFunction] = {
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
"""Operation name -> real function."""

REAL.fill(_OWN)
