"""The table of real functions."""

from __future__ import annotations

from collections.abc import Callable

from fxcaps.real.add import add
from fxcaps.real.affine import affine
from fxcaps.real.agreement import agreement
from fxcaps.real.argmax import argmax
from fxcaps.real.conv2d import conv2d
from fxcaps.real.dense import dense
from fxcaps.real.dynamic_routing import dynamic_routing
from fxcaps.real.isqrt import isqrt
from fxcaps.real.layout import layout
from fxcaps.real.length import length
from fxcaps.real.quantize import quantize
from fxcaps.real.relu import relu
from fxcaps.real.requantize import requantize
from fxcaps.real.rescale import rescale
from fxcaps.real.softmax import softmax
from fxcaps.real.squash import squash
from fxcaps.real.values import Reals
from fxcaps.real.votes import votes
from fxcaps.real.weighted_sum import weighted_sum

RealFunction = Callable[..., Reals]
"""(params, inputs by port) -> outputs by port, for a batch, in float64."""

REAL: dict[str, RealFunction] = {
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
"""Operation name -> real function."""
