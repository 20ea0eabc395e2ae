"""Calls of every operation at wide formats, whose words a double holds exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from fxcaps.ops import (
    Add,
    Affine,
    Agreement,
    ArgmaxSquares,
    ArgmaxWords,
    Concat,
    Conv2d,
    Dense,
    DynamicRouting,
    Isqrt,
    Length,
    Mask,
    Parameters,
    Quantize,
    Relu,
    Requantize,
    RescaleDouble,
    RescaleSingle,
    RescaleTosaDouble,
    Reshape,
    RoutingIteration,
    SoftmaxExact,
    SoftmaxLut,
    SquashExact,
    SquashIsqrtDivide,
    Take,
    Transpose,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.ops.softmax import exponential_table
from fxcaps.types import Format, Shape, Tensor
from tests.support.cases import Case

WIDE = Format(True, 48, 30)
"""Values up to 2**17 in steps of 2**-30."""

INDEX = Format(False, 2, 0)
"""Positions of an axis."""

NARROW = Format(True, 31, 30)
"""Values of a 32-bit register, with a bit to spare."""

LOGITS = Format(True, 10, 4)
"""Logits that index a table without rounding."""

TABLE = SoftmaxLut(table=exponential_table(40, 4, 500), index_frac=4)
"""Its words are right to 2**-41, its last entry is exp(-31)."""


SLOPED = Affine.from_ratios([Fraction(1, 3), -2, 0.1], [0.7, Fraction(5, 7), -1])
"""Three channels."""


class Source:
    """Tensors of random words."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def wide(self, *shape: int, low: float = -2.0, high: float = 2.0) -> Tensor:
        """Values from `low` to `high` in the wide format."""
        ends = (int(low * 2**WIDE.frac), int(high * 2**WIDE.frac))
        return self.tensor(shape, WIDE, *ends)

    def tensor(self, shape: Shape, format: Format, low: int, high: int) -> Tensor:
        """Words from `low` to `high`."""
        words = self.random.integers(low, high, shape, np.int64, endpoint=True)
        return Tensor(shape, format, words.ravel().tolist())


def _call(params: Parameters, **inputs: Tensor) -> Case:
    operation = operation_of(params)
    formats = dict.fromkeys(operation.outputs(params), WIDE)
    formats |= {port: inputs[given].format for port, given in operation.same_format(params).items()}
    shapes = {port: tensor.shape for port, tensor in inputs.items()}
    return Case(params, inputs, formats | operation.fixed_formats(params, shapes))


def _routing(iterations: int, **options: Any) -> DynamicRouting:
    return DynamicRouting(iterations=(RoutingIteration(),) * iterations, **options)


def calls() -> dict[str, Case]:
    """A call of every operation and algorithm, and of the options that change a formula."""
    new = Source(7)
    x, grid = new.wide(4, 3), new.wide(3, 4, 2)
    image, kernel, bias = new.wide(5, 6, 2), new.wide(3, 2, 3, 2), new.wide(3)
    votes, shared = new.wide(5, 4, 3), new.wide(2, 3)
    couplings = new.wide(5, 4, low=0.0, high=1.0)
    narrow = new.tensor((3, 2), NARROW, NARROW.min, NARROW.max)
    return {
        "add": _call(Add(), a=x, b=new.wide(4, 3)),
        "affine": _call(SLOPED, x=x),
        "affine after relu": _call(Affine.from_ratios([0.75], [-0.5], relu=True), x=x),
        "agreement": _call(Agreement(), votes=votes, v=new.wide(4, 3)),
        "argmax words": _call(ArgmaxWords(), x=grid),
        "argmax squares": _call(ArgmaxSquares(), x=grid),
        "conv2d": _call(Conv2d(), x=image, weight=kernel, bias=bias),
        "conv2d with relu": _call(Conv2d(relu=True), x=image, weight=kernel),
        "conv2d with padding": _call(
            Conv2d(stride=(2, 3), padding=(1, 0, 2, 1)), x=image, weight=kernel, bias=bias
        ),
        "dense": _call(Dense(), x=grid, weight=new.wide(3, 2), bias=bias),
        "dense with relu": _call(Dense(relu=True), x=new.wide(5), weight=new.wide(4, 5)),
        "dynamic_routing": _call(_routing(3), votes=votes, bias=new.wide(4, 3)),
        "dynamic_routing updating": _call(_routing(2, update_last=True), votes=votes),
        "isqrt": _call(Isqrt(), x=new.wide(4, 3, low=0.0, high=900.0)),
        "layout reshape": _call(Reshape(shape=(2, 6, 2)), x=grid),
        "layout transpose": _call(Transpose(axes=(2, 0, 1)), x=grid),
        "layout take": _call(Take(axis=1, indices=(3, 0, 3)), x=grid),
        "layout concat": _call(Concat(axis=1), x=grid, y=new.wide(3, 1, 2)),
        "layout mask": _call(Mask(axis=1), x=grid, index=new.tensor((), INDEX, 2, 2)),
        "layout mask flattened": _call(
            Mask(axis=0, flatten=True), x=grid, index=new.tensor((), INDEX, 1, 1)
        ),
        "length": _call(Length(), x=grid),
        "quantize": _call(Quantize(numerator=3, denominator=255), x=x),
        "relu": _call(Relu(), x=x),
        "requantize": _call(Requantize(), x=x),
        "rescale single": _call(RescaleSingle(multiplier=(-3,), shift=(2,)), x=x),
        "rescale double": _call(RescaleDouble(multiplier=(5 << 28,) * 2, shift=(31, 30)), x=narrow),
        "rescale tosa_double": _call(
            RescaleTosaDouble(multiplier=(3 << 29, 7), shift=(33, 2)), x=narrow
        ),
        "softmax exact": _call(SoftmaxExact(), x=new.wide(2, 5, low=-9.0, high=9.0)),
        "softmax lut": _call(TABLE, x=new.tensor((2, 5), LOGITS, -200, 200)),
        "squash exact": _call(SquashExact(), x=grid),
        "squash isqrt_divide": _call(SquashIsqrtDivide(guard=4), x=grid),
        "votes": _call(Votes(), u=new.wide(4, 3), weight=new.wide(4, 2, 5, 3)),
        "weighted_sum": _call(WeightedSum(), c=couplings, votes=votes, bias=new.wide(4, 3)),
        "weighted_sum shared": _call(
            WeightedSum(), c=new.wide(5, 1, low=0.0, high=1.0), votes=votes, bias=shared
        ),
    }


CALLS = calls()
