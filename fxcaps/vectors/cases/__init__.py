"""The cases of every operation.

An operation adds its room to one of the files of this package, or a file of its own, and a line
to the table below.
"""

from __future__ import annotations

from fxcaps.vectors.cases import functions, networks, runs, sums, words
from fxcaps.vectors.cases.desk import Desk, Draft, Frame, Room

__all__ = ["ROOMS", "Desk", "Draft", "Frame", "Room"]

ROOMS: dict[str, Room] = {
    "add": functions.ADD,
    "affine": words.AFFINE,
    "agreement": sums.AGREEMENT,
    "argmax": runs.ARGMAX,
    "conv2d": sums.CONV2D,
    "conv_routing": networks.CONV_ROUTING,
    "conv_votes": sums.CONV_VOTES,
    "dense": sums.DENSE,
    "divide": functions.DIVIDE,
    "dynamic_routing": networks.DYNAMIC_ROUTING,
    "isqrt": functions.ISQRT,
    "layout": networks.LAYOUT,
    "length": runs.LENGTH,
    "quantize": words.QUANTIZE,
    "relu": words.RELU,
    "requantize": words.REQUANTIZE,
    "rescale": functions.RESCALE,
    "sigmoid": functions.SIGMOID,
    "softmax": runs.SOFTMAX,
    "squash": runs.SQUASH,
    "votes": sums.VOTES,
    "weighted_sum": sums.WEIGHTED_SUM,
}
"""Operation name -> what it offers."""
