"""The twin of conv_votes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import ConvVotes
from fxcaps.types import Format, Tensor
from tests.twin.accumulator import sum_to_word
from tests.twin.nested import Index, Outcome, outcome, values
from tests.twin.rounding import Made


def conv_votes(
    params: ConvVotes, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]
) -> Outcome:
    """Vote component d of input type i for output type j, at every window."""
    height, width, types, _ = inputs["u"].shape
    kernels, capsules, dim_out, down, across, dim_in = inputs["weight"].shape
    u, weight, out = values(inputs["u"]), values(inputs["weight"]), formats["out"]
    bias = values(inputs["bias"]) if "bias" in inputs else None
    top, bottom, left, right = params.padding
    # every row and column at which a window starts, by their coordinates on the unpadded grid
    rows = range(-top, height + bottom - down + 1, params.stride[0])
    columns = range(-left, width + right - across + 1, params.stride[1])
    frac = inputs["u"].format.frac + inputs["weight"].format.frac
    taps = list(itertools.product(range(down), range(across), range(dim_in)))

    def component(y: int, x: int, i: int, m: int) -> Fraction:
        inside = y in range(height) and x in range(width)
        return Fraction(u[y][x][i][m]) if inside else Fraction(0)

    def make(index: Index) -> Made:
        i, row, column, j, d = index
        kernel = weight[i % kernels][j][d]
        products = [
            component(rows[row] + ky, columns[column] + kx, i, m) * kernel[ky][kx][m]
            for ky, kx, m in taps
        ]
        start = Fraction(0) if bias is None else bias[i % kernels][j][d]
        return sum_to_word(start, products, params, out, frac)

    return outcome((types, len(rows), len(columns), capsules, dim_out), out, make)
