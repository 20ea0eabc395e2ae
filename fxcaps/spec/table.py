"""The table of normative functions."""

from __future__ import annotations

from collections.abc import Callable

from fxcaps.spec.add import add
from fxcaps.spec.affine import affine
from fxcaps.spec.agreement import agreement
from fxcaps.spec.argmax import argmax
from fxcaps.spec.conv2d import conv2d
from fxcaps.spec.dense import dense
from fxcaps.spec.dynamic_routing import dynamic_routing
from fxcaps.spec.isqrt import isqrt
from fxcaps.spec.layout import layout
from fxcaps.spec.length import length
from fxcaps.spec.quantize import quantize
from fxcaps.spec.relu import relu
from fxcaps.spec.requantize import requantize
from fxcaps.spec.rescale import rescale
from fxcaps.spec.softmax import softmax
from fxcaps.spec.squash import squash
from fxcaps.spec.votes import votes
from fxcaps.spec.weighted_sum import weighted_sum
from fxcaps.types import Tensor

SpecFunction = Callable[..., dict[str, Tensor]]
"""(params, inputs by port, output formats by port, log) -> outputs by port, for one sample."""

SPEC: dict[str, SpecFunction] = {
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
"""Operation name -> normative function."""
