"""The table of engine functions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

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
from fxcaps.engine.kernels.instructions import INSTRUCTIONS, Path, available
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
from fxcaps.types import Reason, Rejection

__all__ = ["ENGINE", "EngineFunction", "engine_on"]

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


def engine_on(path: Path) -> Mapping[str, EngineFunction]:
    """The engine, with products on one path wherever the range of the sums allows it.

    Words and events do not depend on the path. For comparing and measuring: a table for
    `fxcaps.network.Tables`. Rejects a path that this CPU cannot take with `NAME_UNKNOWN`.
    """
    if not available(path):
        missing = ", ".join(INSTRUCTIONS[path].features)
        raise Rejection(Reason.NAME_UNKNOWN, f"path {path.value} needs a CPU with {missing}")
    return {
        name: partial(function, path=path) if name in _PRODUCTS else function
        for name, function in ENGINE.items()
    }


_PRODUCTS = frozenset({"conv2d", "conv_votes", "dense", "votes"})
"""Operations whose engine functions take a path."""
