"""The twin of conv2d."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from fxcaps.ops import Conv2d, Conv2dPulp
from fxcaps.types import Event, Format, Init, Overflow, Rounding, Tensor
from tests.twin.accumulator import sum_to_word
from tests.twin.nested import Index, Nested, Outcome, outcome, values
from tests.twin.real import Rational
from tests.twin.rounding import Made, to_word


def conv2d(params: Conv2d, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """Windows of an image that is padded with zeros first."""
    channels, height, width, depth = inputs["weight"].shape
    weight, out = values(inputs["weight"]), formats["out"]
    bias = values(inputs["bias"]) if "bias" in inputs else [Fraction(0)] * channels
    image = _padded(values(inputs["x"]), params.padding, inputs["x"].shape)
    taps = list(itertools.product(range(height), range(width), range(depth)))
    down, across = params.stride
    rows = len(range(0, len(image) - height + 1, down))
    columns = len(range(0, len(image[0]) - width + 1, across))

    frac = inputs["x"].format.frac + inputs["weight"].format.frac

    def make(index: Index) -> Made:
        row, column, o = index
        products = [
            image[row * down + ky][column * across + kx][c] * weight[o][ky][kx][c]
            for ky, kx, c in taps
        ]
        if not isinstance(params, Conv2dPulp):
            return sum_to_word(bias[o], products, params, out, frac, relu=params.relu)
        # The last pixel of a core's rows is lone if all of them are an odd number.
        share = 1
        while share * params.cores < rows:
            share += 1
        top = row // share * share
        own = min(share, rows - top)
        lone = (row, column) == (top + own - 1, columns - 1) and own * columns % 2 == 1
        accumulator = params.accumulator
        if lone and "bias" not in inputs and accumulator.init is Init.BIAS_AND_HALF:
            accumulator = replace(accumulator, init=Init.BIAS)
        chosen = replace(params, accumulator=accumulator)
        return pulp_word(bias[o], products, chosen, out, frac)

    return outcome((rows, columns, channels), out, make)


def pulp_word(
    bias: Fraction, products: list[Fraction], params: Conv2dPulp, out: Format, frac: int
) -> Made:
    """A sum as a word, with ReLU through an argument of a few bits that wrap."""
    if not params.relu:
        return sum_to_word(bias, products, params, out, frac, relu=False)
    argument = Format(True, params.relu_width, out.frac)
    first = sum_to_word(
        bias, products, replace(params, overflow=Overflow.WRAP), argument, frac, relu=False
    )
    value = Rational(Fraction(max(first.word, 0)))
    last = to_word(value, out, Rounding.FLOOR, params.overflow)
    return Made(last.word, frozenset[Event](first.events | last.events))


def _padded(
    x: Nested, padding: tuple[int, int, int, int], shape: tuple[int, ...]
) -> list[list[list[Fraction]]]:
    """The image with zero rows and columns around it."""
    top, bottom, left, right = padding
    zero = [Fraction(0)] * shape[2]
    empty = [zero] * (left + shape[1] + right)
    body = [[zero] * left + row + [zero] * right for row in x]
    return [empty] * top + body + [empty] * bottom
