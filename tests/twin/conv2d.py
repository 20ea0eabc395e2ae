"""The twin of conv2d."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Conv2d
from fxcaps.types import Format, Tensor
from tests.twin.accumulator import sum_to_word
from tests.twin.nested import Index, Nested, Outcome, outcome, values
from tests.twin.rounding import Made


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
        return sum_to_word(bias[o], products, params, out, frac, relu=params.relu)

    return outcome((rows, columns, channels), out, make)


def _padded(
    x: Nested, padding: tuple[int, int, int, int], shape: tuple[int, ...]
) -> list[list[list[Fraction]]]:
    """The image with zero rows and columns around it."""
    top, bottom, left, right = padding
    zero = [Fraction(0)] * shape[2]
    empty = [zero] * (left + shape[1] + right)
    body = [[zero] * left + row + [zero] * right for row in x]
    return [empty] * top + body + [empty] * bottom
