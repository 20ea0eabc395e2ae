"""The published Q7-CapsNets kernels, from their formulas, in the twin's fractions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from fxcaps.ops import SoftmaxQ7, SquashQ7
from fxcaps.types import Format, Tensor
from tests.twin.nested import Outcome, Refused, nest, outcome, power
from tests.twin.real import Rational, Root, floor
from tests.twin.rounding import Made, Misfit, to_word

Vector = list[Fraction]


def shrunk(vector: Vector, s: Fraction, frac: int) -> Fraction:
    """`s n / (1 + n**2)` with root and divisor floored to steps of the input."""
    square = sum((value * value for value in vector), Fraction(0))
    root = floor(Root(1, square * power(2 * frac))) * power(-frac)
    divisor = 1 + math.floor(square * power(frac)) * power(-frac)
    return s * root / divisor


@dataclass
class Memory:
    """Words that are read and overwritten: values in steps, and what made each last."""

    steps: list[int]
    made: list[Made]


def rows_in_place(params: SquashQ7, x: Tensor, out: Format) -> Outcome:
    """Every row in turn, at the offset that so many bits hold, reads and writes one memory."""
    memory = Memory(list(x.words), [Made(word) for word in x.words])
    dim = x.shape[-1]
    for row in range(len(x.words) // dim):
        offset = row * dim
        while offset >= 2**params.row_offset_bits:
            offset -= 2**params.row_offset_bits
        step = power(-x.format.frac)
        vector = [word * step for word in memory.steps[offset : offset + dim]]
        for k, s in enumerate(vector):
            value = Rational(shrunk(vector, s, x.format.frac) * power(out.frac))
            try:
                made = to_word(value, out, params.rounding, params.overflow)
            except Misfit as misfit:
                raise Refused(misfit.reason, f"out[{offset + k}]: {misfit.message}") from None
            memory.steps[offset + k], memory.made[offset + k] = made.word, made
    results = nest(memory.made, (len(memory.made),))
    found = outcome((len(memory.made),), out, lambda index: results[index[0]])
    return Outcome({"out": Tensor(x.shape, out, found.outputs["out"].words)}, found.events)


def coupled(params: SoftmaxQ7, distances: list[int], j: int) -> Fraction:
    """`2**(8 - distance) / sum` at a scale of `2**(20 - constant)`, every step as published."""
    summed = sum(Fraction(2) ** min(max(8 - distance, 0), 7) for distance in distances)
    return math.floor(power(20) / summed) / power(min(params.constant - 8 + distances[j], 31))
