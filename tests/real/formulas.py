"""The mathematics of every operation on one image, in decimals of 60 digits, index by index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from fxcaps.ops import (
    Affine,
    ArgmaxSquares,
    ArgmaxSticky,
    Concat,
    Conv2d,
    ConvRouting,
    ConvVotes,
    Dense,
    DynamicRouting,
    EpsilonAt,
    Mask,
    Parameters,
    Quantize,
    Reshape,
    SoftmaxAxes,
    SoftmaxB2,
    SoftmaxQ7,
    SquashAxes,
    SquashExact,
    Take,
    Transpose,
)

Decimals = Any
"""An object array of decimals."""

ZERO = Decimal(0)


def fill(shape: tuple[int, ...], make: Callable[..., Decimal]) -> Decimals:
    """An array whose element at an index is `make(*index)`."""
    made = np.empty(shape, object)
    for index in np.ndindex(shape):
        made[index] = make(*index)
    return made


def vectors(x: Decimals) -> Iterator[tuple[tuple[int, ...], list[Decimal]]]:
    """The vectors along the last axis, with their indices."""
    for index in np.ndindex(x.shape[:-1]):
        yield index, list(x[index])


def norm(vector: list[Decimal]) -> Decimal:
    """Euclidean length."""
    return sum((value * value for value in vector), ZERO).sqrt()


def add(_: Parameters, a: Decimals, b: Decimals) -> Decimals:
    """`a + b`."""
    return fill(a.shape, lambda *k: a[k] + b[k])


def affine(params: Affine, x: Decimals) -> Decimals:
    """Values times the scale of their channel, plus its offset."""
    scales = map(Fraction, params.scale_numerator, params.scale_denominator)
    offsets = map(Fraction, params.offset_numerator, params.offset_denominator)
    lines = [(decimal(a), decimal(b)) for a, b in zip(scales, offsets, strict=True)]

    def make(*k: int) -> Decimal:
        scale, offset = lines[k[-1] % len(lines)]
        value: Decimal = max(x[k], ZERO) if params.relu else x[k]
        return value * scale + offset

    return fill(x.shape, make)


def decimal(ratio: Fraction) -> Decimal:
    """A ratio in 60 digits."""
    return Decimal(ratio.numerator) / Decimal(ratio.denominator)


def agreement(_: Parameters, votes: Decimals, v: Decimals) -> Decimals:
    """The dot product of each vote with its capsule."""
    return fill(
        votes.shape[:2],
        lambda i, j: sum((x * y for x, y in zip(votes[i, j], v[j], strict=True)), ZERO),
    )


def argmax(params: Parameters, x: Decimals) -> Decimals:
    """The first index of the largest word or longest vector."""
    lengths = x
    if isinstance(params, ArgmaxSticky):
        found, before = [], params.initial
        for group in x:
            before = before if group[before] == max(group) else list(group).index(max(group))
            found.append(Decimal(before))
        return fill(x.shape[:-1], lambda t: found[t])
    if isinstance(params, ArgmaxSquares):
        lengths = fill(x.shape[:-1], lambda *k: norm(list(x[k])))
    return fill(lengths.shape[:-1], lambda *k: Decimal(list(lengths[k]).index(max(lengths[k]))))


def conv2d(params: Conv2d, x: Decimals, weight: Decimals, bias: Decimals | None = None) -> Decimals:
    """Every window times the kernel, zeros outside the image, bias, ReLU."""
    top, bottom, left, right = params.padding
    rows, columns, channels = x.shape
    out, down, across, _ = weight.shape

    def make(y: int, z: int, o: int) -> Decimal:
        total = ZERO if bias is None else bias[o]
        for ky, kx, c in np.ndindex(down, across, channels):
            row = y * params.stride[0] + ky - top
            column = z * params.stride[1] + kx - left
            if 0 <= row < rows and 0 <= column < columns:
                total += x[row, column, c] * weight[o, ky, kx, c]
        return max(total, ZERO) if params.relu else total

    height = (rows + top + bottom - down) // params.stride[0] + 1
    width = (columns + left + right - across) // params.stride[1] + 1
    return fill((height, width, out), make)


def dense(params: Dense, x: Decimals, weight: Decimals, bias: Decimals | None = None) -> Decimals:
    """Every vector times the weight, plus bias, ReLU."""

    def make(*k: int) -> Decimal:
        start = ZERO if bias is None else bias[k[-1]]
        total = sum((w * v for w, v in zip(weight[k[-1]], x[k[:-1]], strict=True)), start)
        return max(total, ZERO) if params.relu else total

    return fill((*x.shape[:-1], len(weight)), make)


def divide(_: Parameters, a: Decimals, b: Decimals) -> Decimals:
    """`a / b`."""
    return fill(a.shape, lambda *k: a[k] / b[k])


def isqrt(_: Parameters, x: Decimals) -> Decimals:
    """The square root."""
    return fill(x.shape, lambda *k: x[k].sqrt())


def layout(
    params: Parameters, x: Decimals, y: Decimals | None = None, index: Decimals | None = None
) -> Decimals:
    """Values moved by index."""
    if isinstance(params, Reshape):
        flat = [x[index] for index in np.ndindex(x.shape)]
        shape = params.shape
        return fill(shape, lambda *k: flat[int(np.ravel_multi_index(k, shape))])
    if isinstance(params, Transpose):
        axes = params.axes
        shape = tuple(x.shape[axis] for axis in axes)
        return fill(shape, lambda *k: x[tuple(k[axes.index(axis)] for axis in range(len(axes)))])
    if isinstance(params, Take):
        axis, indices = params.axis, params.indices
        shape = (*x.shape[:axis], len(indices), *x.shape[axis + 1 :])
        return fill(shape, lambda *k: x[(*k[:axis], indices[k[axis]], *k[axis + 1 :])])
    if isinstance(params, Mask):
        assert index is not None
        masked = fill(x.shape, lambda *k: x[k] if k[params.axis] == index[()] else ZERO)
        return masked.ravel() if params.flatten else masked
    assert isinstance(params, Concat)
    assert y is not None
    axis, first = params.axis, x.shape[params.axis]
    shape = (*x.shape[:axis], first + y.shape[axis], *x.shape[axis + 1 :])

    def make(*k: int) -> Decimal:
        source, shift = (x, 0) if k[axis] < first else (y, first)
        found: Decimal = source[(*k[:axis], k[axis] - shift, *k[axis + 1 :])]
        return found

    return fill(shape, make)


def length(_: Parameters, x: Decimals) -> Decimals:
    """Lengths of the vectors."""
    return fill(x.shape[:-1], lambda *k: norm(list(x[k])))


def quantize(params: Quantize, x: Decimals) -> Decimals:
    """Values times a ratio."""
    return fill(x.shape, lambda *k: x[k] * params.numerator / params.denominator)


def requantize(_: Parameters, x: Decimals) -> Decimals:
    """The values themselves."""
    return x


def relu(_: Parameters, x: Decimals) -> Decimals:
    """The values, none below zero."""
    return fill(x.shape, lambda *k: max(x[k], ZERO))


def rescale(params: Any, x: Decimals) -> Decimals:
    """Values times the ratio of their channel."""
    ratios = [Decimal(m) / 2**s for m, s in zip(params.multiplier, params.shift, strict=True)]
    return fill(x.shape, lambda *k: x[k] * ratios[k[-1] % len(ratios)])


def sigmoid(_: Parameters, x: Decimals) -> Decimals:
    """`1 / (1 + exp(-x))`."""
    return fill(x.shape, lambda *k: 1 / (1 + (-x[k]).exp()))


def softmax(params: Parameters, x: Decimals) -> Decimals:
    """`exp(x) / sum exp(x)`, or `2**x / sum 2**x`."""
    made = np.empty(x.shape, object)
    for index, vector in vectors(x):
        base = Decimal(2) if isinstance(params, SoftmaxB2 | SoftmaxQ7) else Decimal(1).exp()
        powers = [base**value for value in vector]
        made[index] = [power / sum(powers) for power in powers]
    return made


def squash(params: Parameters, x: Decimals) -> Decimals:
    """`s |s| / (1 + |s|**2)`, with an epsilon where the parameters have one."""
    made = np.empty(x.shape, object)
    for index, vector in vectors(x):
        length = norm(vector)
        factor = length / (1 + length**2)
        if isinstance(params, SquashExact) and params.epsilon[0]:
            epsilon = Decimal(params.epsilon[0]) / Decimal(params.epsilon[1])
            square, more = length**2, length**2 + epsilon
            factor = {
                EpsilonAt.NORM: square / (1 + square) / (length + epsilon),
                EpsilonAt.ROOT: square / (1 + square) / more.sqrt(),
                EpsilonAt.SQUARES: more / (1 + more) / more.sqrt(),
            }[params.epsilon_at]
        made[index] = [value * factor for value in vector]
    return made


def votes(_: Parameters, u: Decimals, weight: Decimals) -> Decimals:
    """`W[i, j] @ u[i]`."""
    return fill(
        weight.shape[:3],
        lambda i, j, d: sum((w * x for w, x in zip(weight[i, j, d], u[i], strict=True)), ZERO),
    )


def weighted_sum(
    _: Parameters, c: Decimals, votes: Decimals, bias: Decimals | None = None
) -> Decimals:
    """Votes times couplings over input capsules, plus bias; shared ones repeat."""

    def make(j: int, d: int) -> Decimal:
        start = ZERO if bias is None else bias[j % len(bias), d]
        terms = (c[i, j % c.shape[1]] * votes[i, j, d] for i in range(len(votes)))
        return sum(terms, start)

    return fill(votes.shape[1:], make)


def dynamic_routing(
    params: DynamicRouting, votes: Decimals, bias: Decimals | None = None
) -> dict[str, Decimals]:
    """Procedure 1 of Sabour et al. 2017, every intermediate by name."""
    made = {"b0": fill(votes.shape[:2], lambda *_: ZERO)}
    for r, part in enumerate(params.iterations):
        made[f"c{r}"] = softmax(part, made[f"b{r}"])
        made[f"s{r}"] = weighted_sum(part, made[f"c{r}"], votes, bias)
        made[f"v{r}"] = squash(part, made[f"s{r}"])
        if r + 1 < len(params.iterations) or params.update_last:
            made[f"a{r}"] = agreement(part, votes, made[f"v{r}"])
            made[f"b{r + 1}"] = add(part, made[f"b{r}"], made[f"a{r}"])
    return made


def conv_votes(
    params: ConvVotes, u: Decimals, weight: Decimals, bias: Decimals | None = None
) -> Decimals:
    """Every window of a type times its kernel for an output type, zeros outside the grid."""
    top, bottom, left, right = params.padding
    rows, columns, types, _ = u.shape
    kernels, capsules, dim, down, across, depth = weight.shape

    def make(i: int, y: int, z: int, j: int, d: int) -> Decimal:
        total = ZERO if bias is None else bias[i % kernels, j, d]
        for ky, kx, m in np.ndindex(down, across, depth):
            row = y * params.stride[0] + ky - top
            column = z * params.stride[1] + kx - left
            if 0 <= row < rows and 0 <= column < columns:
                total += u[row, column, i, m] * weight[i % kernels, j, d, ky, kx, m]
        return total

    height = (rows + top + bottom - down) // params.stride[0] + 1
    width = (columns + left + right - across) // params.stride[1] + 1
    return fill((types, height, width, capsules, dim), make)


def conv_routing(
    params: ConvRouting, votes: Decimals, bias: Decimals | None = None
) -> dict[str, Decimals]:
    """Algorithm 1 of Rajasegaran et al. 2019 and its variants, every intermediate by name."""
    types, rows, columns, capsules, dim = votes.shape
    pairs = votes.shape[:-1]
    made = {"b0": fill(pairs, lambda *_: ZERO)}
    for r, part in enumerate(params.iterations):
        b = made[f"b{r}"]
        powers = fill(pairs, lambda *k, b=b: b[k].exp())
        sums = powers.sum(axis=3, keepdims=True)
        if params.softmax_axes is SoftmaxAxes.JOINT:
            sums = powers.sum(axis=(1, 2, 3), keepdims=True)
        c = made[f"c{r}"] = powers / sums
        s = made[f"s{r}"] = fill(
            (rows, columns, capsules, dim),
            lambda y, z, j, d, c=c: sum(
                (c[i, y, z, j] * votes[i, y, z, j, d] for i in range(types)),
                ZERO if bias is None else bias[j % len(bias), d],
            ),
        )
        squares = (s * s).sum(axis=3, keepdims=True)
        if params.squash_axes is SquashAxes.GRID:
            squares = (s * s).sum(axis=(0, 1, 3), keepdims=True)
        roots = fill(squares.shape, lambda *k, squares=squares: squares[k].sqrt())
        v = made[f"v{r}"] = s * roots / (1 + squares)
        if r + 1 < len(params.iterations) or params.update_last:
            made[f"a{r}"] = (votes * v).sum(axis=4)
            made[f"b{r + 1}"] = add(part, b, made[f"a{r}"])
    return made


FORMULAS: dict[str, Callable[..., Any]] = {
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
"""Operation name -> formula; one with several outputs gives them by port."""
