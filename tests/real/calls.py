"""Calls of every operation at wide formats, whose words a double holds exactly."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np

from fxcaps.ops import (
    Add,
    AddLanes,
    AddShift,
    Affine,
    Agreement,
    ArgmaxSquares,
    ArgmaxSticky,
    ArgmaxWords,
    Concat,
    Conv2d,
    Conv2dPulp,
    ConvRouting,
    ConvVotes,
    Dense,
    DivideExact,
    DivideReciprocal,
    DynamicRouting,
    EpsilonAt,
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
    SigmoidExact,
    SigmoidLut,
    SoftmaxAxes,
    SoftmaxB2,
    SoftmaxConstant,
    SoftmaxExact,
    SoftmaxLnu,
    SoftmaxLut,
    SoftmaxLutReciprocal,
    SoftmaxQ7,
    SoftmaxTaylor,
    SquashAxes,
    SquashExact,
    SquashExp,
    SquashIsqrtDivide,
    SquashIsqrtFactor,
    SquashLut,
    SquashNorm,
    SquashPow2,
    SquashQ7,
    SquashShiftReconstruction,
    Take,
    Transpose,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.ops.exponential import exponential_table, logarithm_constants, sigmoid_table
from fxcaps.ops.squash_lut import factor_words
from fxcaps.strategies import Case
from fxcaps.types import Format, Shape, Tensor
from tests.support.build import tensor

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

INVERSE = SoftmaxLutReciprocal(
    table=TABLE.table, index_frac=4, exp=Format(False, 41, 40), reciprocal=Format(False, 41, 40)
)

QUARTER = SoftmaxConstant(word=1 << 28)
"""A quarter in the wide format: the coupling of four equal logits."""

HALVES = SigmoidLut(table=sigmoid_table(40, 4, 500), index_frac=4, table_frac=40)

PRODUCTS = SoftmaxTaylor(
    integers=exponential_table(40, 0, 40),
    fractions=exponential_table(40, 4, 16),
    table_frac=40,
    exp=Format(False, 41, 40),
)
"""Four leading bits are all that the logits have."""

LOGARITHMS = SoftmaxLnu(
    log_frac=24,
    exp=Format(False, 25, 24),
    log2_e=logarithm_constants(40)[0],
    ln_2=logarithm_constants(40)[1],
    constant_frac=40,
)


SLOPED = Affine.from_ratios([Fraction(1, 3), -2, 0.1], [0.7, Fraction(5, 7), -1])
"""Three channels."""
CHORDS = factor_words(40, range(3 * 512 + 1), 9)
"""Factors of norms from 0 to 3: between neighbours a chord is off by 2**-21 at the most."""

SIXTYFOURTHS = Format(True, 9, 6)
"""Components of vectors that are one long, or norms of tables without rounding."""

INTEGERS = Format(True, 8, 0)
"""Logits of base 2 and their coefficients."""

POINTS: dict[str, Any] = {
    "table": factor_words(40, range(129), 6),
    "table_format": Format(False, 40, 40),
}
"""A table of every norm of a lone component: nothing about the algorithm is approximate."""


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


def _grid_routing(iterations: int, **options: Any) -> ConvRouting:
    return ConvRouting(iterations=(RoutingIteration(),) * iterations, **options)


def calls() -> dict[str, Case]:
    """A call of every operation and algorithm, and of the options that change a formula."""
    new = Source(7)
    x, grid = new.wide(4, 3), new.wide(3, 4, 2)
    image, kernel, bias = new.wide(5, 6, 2), new.wide(3, 2, 3, 2), new.wide(3)
    votes, shared = new.wide(5, 4, 3), new.wide(2, 3)
    couplings = new.wide(5, 4, low=0.0, high=1.0)
    capsules, grids = new.wide(4, 3, 4, 2), new.wide(4, 2, 3, 3, 2)
    narrow = new.tensor((3, 2), NARROW, NARROW.min, NARROW.max)
    return {
        "add": _call(Add(), a=x, b=new.wide(4, 3)),
        "add shift": _call(AddShift(shift=0), a=x, b=new.wide(4, 3)),
        "add lanes": _call(AddLanes(lane_width=40), a=grid, b=new.wide(3, 4, 2)),
        "affine": _call(SLOPED, x=x),
        "affine after relu": _call(Affine.from_ratios([0.75], [-0.5], relu=True), x=x),
        "agreement": _call(Agreement(), votes=votes, v=new.wide(4, 3)),
        "argmax words": _call(ArgmaxWords(), x=grid),
        "argmax squares": _call(ArgmaxSquares(), x=grid),
        "argmax sticky": _call(
            ArgmaxSticky(initial=2),
            x=tensor("s34f30", [[1, 3, 3], [3, 3, 1], [2, 1, 3], [3, 0, 3]]),
        ),
        "conv2d pulp": _call(Conv2dPulp(relu_width=44, relu=True), x=image, weight=kernel),
        "conv2d": _call(Conv2d(), x=image, weight=kernel, bias=bias),
        "conv2d with relu": _call(Conv2d(relu=True), x=image, weight=kernel),
        "conv2d with padding": _call(
            Conv2d(stride=(2, 3), padding=(1, 0, 2, 1)), x=image, weight=kernel, bias=bias
        ),
        "conv_routing": _call(_grid_routing(3), votes=grids, bias=new.wide(3, 2)),
        "conv_routing updating": _call(_grid_routing(1, update_last=True), votes=grids),
        "conv_routing as in Keras": _call(
            _grid_routing(2, squash_axes=SquashAxes.GRID), votes=grids, bias=new.wide(1, 2)
        ),
        "conv_routing by types": _call(
            _grid_routing(2, softmax_axes=SoftmaxAxes.TYPES), votes=grids, bias=new.wide(3, 2)
        ),
        "conv_votes": _call(
            ConvVotes(stride=(2, 1), padding=(1, 0, 0, 2)),
            u=capsules,
            weight=new.wide(1, 3, 2, 2, 3, 2),
            bias=new.wide(1, 3, 2),
        ),
        "conv_votes by types": _call(ConvVotes(), u=capsules, weight=new.wide(2, 2, 3, 2, 1, 2)),
        "dense": _call(Dense(), x=grid, weight=new.wide(3, 2), bias=bias),
        "dense with relu": _call(Dense(relu=True), x=new.wide(5), weight=new.wide(4, 5)),
        "divide exact": _call(DivideExact(), a=x, b=new.wide(4, 3, low=0.25)),
        "divide reciprocal": _call(
            DivideReciprocal(reciprocal=Format(True, 50, 40)), a=x, b=new.wide(4, 3, low=0.25)
        ),
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
        "sigmoid exact": _call(SigmoidExact(), x=new.wide(2, 5, low=-9.0, high=9.0)),
        "sigmoid lut": _call(HALVES, x=new.tensor((2, 5), LOGITS, -500, 500)),
        "softmax exact": _call(SoftmaxExact(), x=new.wide(2, 5, low=-9.0, high=9.0)),
        "softmax lut": _call(TABLE, x=new.tensor((2, 5), LOGITS, -200, 200)),
        "softmax lut_reciprocal": _call(INVERSE, x=new.tensor((2, 5), LOGITS, -200, 200)),
        "softmax b2": _call(
            SoftmaxB2(log_frac=20, exp=Format(False, 21, 20)),
            x=tensor("s10f4", [[0, -16, -32, -32], [100, 132, 116, 100]]),
        ),
        "softmax lnu": _call(LOGARITHMS, x=new.tensor((2, 4), LOGITS, 0, 0)),
        "softmax taylor": _call(PRODUCTS, x=new.tensor((2, 5), LOGITS, -200, 200)),
        # 21 less the constant is the fraction of the coefficients, here none: one logit, one.
        "softmax q7": _call(SoftmaxQ7(constant=21), x=new.tensor((3, 1), INTEGERS, -9, 9))._replace(
            formats={"out": INTEGERS}
        ),
        "softmax constant": _call(QUARTER, x=new.tensor((2, 4), LOGITS, 0, 0)),
        "squash exact": _call(SquashExact(), x=grid),
        "squash epsilon norm": _call(
            SquashExact(epsilon=(1, 5), epsilon_at=EpsilonAt.NORM), x=grid
        ),
        "squash epsilon root": _call(
            SquashExact(epsilon=(1, 5), epsilon_at=EpsilonAt.ROOT), x=grid
        ),
        "squash epsilon squares": _call(
            SquashExact(epsilon=(1, 5), epsilon_at=EpsilonAt.SQUARES), x=grid
        ),
        "squash isqrt_factor": _call(
            SquashIsqrtFactor(guard=4, factor_format=Format(False, 40, 40)), x=grid
        ),
        "squash lut": _call(
            SquashLut(
                guard=4,
                shift=30 + 4 - 9,
                table=CHORDS[:-1],
                table_format=Format(False, 40, 40),
                slopes=tuple(b - a for a, b in itertools.pairwise(CHORDS)),
                slope_shift=30 + 4 - 9,
            ),
            x=grid,
        ),
        "squash shift_reconstruction": _call(
            SquashShiftReconstruction(), x=new.tensor((3, 2, 1), SIXTYFOURTHS, 64, 64)
        ),
        "squash q7": _call(SquashQ7(), x=new.tensor((3, 2, 1), SIXTYFOURTHS, 64, 64)),
        "squash norm": _call(
            SquashNorm(multiplier=1, multiplier_shift=2, **POINTS),
            x=new.tensor((5, 1), SIXTYFOURTHS, -128, 128),
        ),
        "squash exp": _call(
            SquashExp(threshold=0, **POINTS), x=new.tensor((5, 1), SIXTYFOURTHS, -128, 128)
        ),
        "squash pow2": _call(
            SquashPow2(threshold=0, **POINTS), x=new.tensor((5, 1), SIXTYFOURTHS, -128, 128)
        ),
        "squash isqrt_divide": _call(SquashIsqrtDivide(guard=4), x=grid),
        "votes": _call(Votes(), u=new.wide(4, 3), weight=new.wide(4, 2, 5, 3)),
        "weighted_sum": _call(WeightedSum(), c=couplings, votes=votes, bias=new.wide(4, 3)),
        "weighted_sum shared": _call(
            WeightedSum(), c=new.wide(5, 1, low=0.0, high=1.0), votes=votes, bias=shared
        ),
    }


CALLS = calls()
