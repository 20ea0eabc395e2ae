"""The table of normative functions."""

from __future__ import annotations

from fxcaps.ops.table import SPEC, SpecFunction
from fxcaps.spec.add import add
from fxcaps.spec.affine import affine
from fxcaps.spec.agreement import agreement
from fxcaps.spec.argmax import argmax
from fxcaps.spec.conv2d import conv2d
from fxcaps.spec.conv_routing import conv_routing
from fxcaps.spec.conv_votes import conv_votes
from fxcaps.spec.dense import dense
from fxcaps.spec.divide import divide
from fxcaps.spec.dynamic_routing import dynamic_routing
from fxcaps.spec.isqrt import isqrt
from fxcaps.spec.layout import layout
from fxcaps.spec.length import length
from fxcaps.spec.quantize import quantize
from fxcaps.spec.relu import relu
from fxcaps.spec.requantize import requantize
from fxcaps.spec.rescale import rescale
from fxcaps.spec.sigmoid import sigmoid
from fxcaps.spec.softmax import softmax
from fxcaps.spec.squash import squash
from fxcaps.spec.votes import votes
from fxcaps.spec.weighted_sum import weighted_sum

__all__ = ["SPEC", "SpecFunction"]

_OWN: dict[str, SpecFunction] = {
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
"""Operation name -> normative function."""

SPEC.fill(_OWN)
