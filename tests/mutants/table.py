"""The wrong versions of every operation."""

from __future__ import annotations

from tests.mutants import (
    add,
    affine,
    agreement,
    argmax,
    conv2d,
    conv_routing,
    conv_votes,
    dense,
    divide,
    dynamic_routing,
    isqrt,
    layout,
    length,
    quantize,
    relu,
    requantize,
    rescale,
    sigmoid,
    softmax,
    squash,
    votes,
    weighted_sum,
)
from tests.mutants.base import Mutant

MUTANTS: dict[str, tuple[Mutant, ...]] = {
    "add": add.MUTANTS,
    "affine": affine.MUTANTS,
    "agreement": agreement.MUTANTS,
    "argmax": argmax.MUTANTS,
    "conv2d": conv2d.MUTANTS,
    "conv_routing": conv_routing.MUTANTS,
    "conv_votes": conv_votes.MUTANTS,
    "dense": dense.MUTANTS,
    "divide": divide.MUTANTS,
    "dynamic_routing": dynamic_routing.MUTANTS,
    "isqrt": isqrt.MUTANTS,
    "layout": layout.MUTANTS,
    "length": length.MUTANTS,
    "quantize": quantize.MUTANTS,
    "relu": relu.MUTANTS,
    "requantize": requantize.MUTANTS,
    "rescale": rescale.MUTANTS,
    "sigmoid": sigmoid.MUTANTS,
    "softmax": softmax.MUTANTS,
    "squash": squash.MUTANTS,
    "votes": votes.MUTANTS,
    "weighted_sum": weighted_sum.MUTANTS,
}
"""Operation name -> its wrong versions."""
