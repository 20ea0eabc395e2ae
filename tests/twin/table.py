"""The table of twins; pure data movement has none."""

from __future__ import annotations

from collections.abc import Callable

from tests.twin.add import add
from tests.twin.affine import affine
from tests.twin.agreement import agreement
from tests.twin.argmax import argmax
from tests.twin.conv2d import conv2d
from tests.twin.dense import dense
from tests.twin.dynamic_routing import dynamic_routing
from tests.twin.isqrt import isqrt
from tests.twin.length import length
from tests.twin.nested import Outcome
from tests.twin.quantize import quantize
from tests.twin.relu import relu
from tests.twin.requantize import requantize
from tests.twin.rescale import rescale
from tests.twin.softmax import softmax
from tests.twin.squash import squash
from tests.twin.votes import votes
from tests.twin.weighted_sum import weighted_sum

TWIN: dict[str, Callable[..., Outcome]] = {
    "add": add,
    "affine": affine,
    "agreement": agreement,
    "argmax": argmax,
    "conv2d": conv2d,
    "dense": dense,
    "dynamic_routing": dynamic_routing,
    "isqrt": isqrt,
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
"""Operation name -> twin."""
