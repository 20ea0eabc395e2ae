"""What engine functions take and give: batches of words with a format beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels.narrow import (
    LATE,
    OVERFLOW_CODES,
    ROUNDING_CODES,
    Ints,
    Narrowing,
    narrow_rounded,
    narrow_shifts,
)
from fxcaps.engine.kernels.stochastic import narrow_random
from fxcaps.engine.qcapsnets import larger_addends, powers_of_two, signs_of_late
from fxcaps.engine.stochastic import random_words
from fxcaps.ops.batch import EVENT_CODES, Result, Words
from fxcaps.ops.operation import Operation, Signatures
from fxcaps.ops.parameters import Parameters
from fxcaps.types import (
    Format,
    Overflow,
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    QcapsnetsStochastic,
    Rounding,
    RoundingRule,
    Shape,
    Signature,
)

Coded = Rounding | QcapsnetsRtn
"""Rules that kernels know by a code."""

LARGEST_BITS = 62
"""Bits of magnitude that an int64 holds with room for one carry."""


Inputs = Mapping[str, Words]


def batch_of(operation: Operation, inputs: Inputs) -> int:
    """Number of images in a call."""
    port = next(port for port in operation.inputs if not port.constant)
    return len(inputs[port.name].array)


def signatures_of(operation: Operation, inputs: Inputs) -> Signatures:
    """Shapes of one image and formats."""
    constant = {port.name: port.constant for port in operation.inputs}
    return {
        name: Signature(
            words.array.shape if constant.get(name) else words.array.shape[1:], words.format
        )
        for name, words in inputs.items()
    }


def begin(
    operation: Operation, params: Parameters, inputs: Inputs, formats: Mapping[str, Format]
) -> tuple[int, dict[str, Shape]]:
    """Guard a call; returns the number of images and the output shapes."""
    shapes = operation.guard(params, signatures_of(operation, inputs), formats)
    return batch_of(operation, inputs), shapes


def no_events(batch: int) -> Ints:
    """The record of a tensor without events."""
    events = np.zeros((batch, len(EVENT_CODES), 2), np.int64)
    events[:, :, 1] = -1
    return events


def undecided(batch: int, shapes: Mapping[str, Shape]) -> Result:
    """The answer for what 63 bits cannot hold: every row goes to the specification."""
    return Result(
        {port: np.zeros((batch, *shape), np.int64) for port, shape in shapes.items()},
        {port: no_events(batch) for port in shapes},
        np.ones(batch, np.bool_),
    )


def single(
    words: NDArray[np.signedinteger],
    events: Ints,
    overflow: Overflow,
    shape: Shape,
    unsure: NDArray[np.bool_] | None = None,
) -> Result:
    """The result of an operation with one output.

    Rows on which `reject` may have to raise go to the specification, which knows the message.
    """
    rows = np.zeros(len(words), np.bool_) if unsure is None else unsure
    if overflow is Overflow.REJECT:
        rows = rows | (events[:, :2, 0].sum(axis=1) > 0)
    if rows.any():
        words[rows] = 0
    return Result({"out": words.reshape(len(words), *shape)}, {"out": events}, rows)


def codes(format: Format, rounding: Coded, overflow: Overflow) -> Narrowing:
    """What kernels take of a narrowing."""
    symmetric = overflow is Overflow.SATURATE_SYMMETRIC and format.signed
    low = -format.max if symmetric else format.min
    mode = LATE + format.frac if isinstance(rounding, QcapsnetsRtn) else ROUNDING_CODES[rounding]
    return mode, low, format.max, OVERFLOW_CODES[overflow]


def shift_words(
    values: Ints,
    shift: int,
    format: Format,
    rounding: RoundingRule,
    overflow: Overflow,
    first: int = 0,
) -> tuple[Ints, Ints]:
    """Words and events of `values (N, M) * 2**-shift`; |values| < 2**62.

    `first` is the index of the first image, for stochastic rounding.
    """
    if isinstance(rounding, QcapsnetsLogarithmic):
        lifted = values << max(-shift, 0)
        return power_words(lifted, 1 << max(shift, 0), format, overflow)
    words, events = np.empty_like(values), no_events(len(values))
    if isinstance(rounding, Coded):
        if shift > LARGEST_BITS:
            # Every value lies strictly within half a step: only its sign matters.
            late = isinstance(rounding, QcapsnetsRtn)
            values = signs_of_late(values, shift, format.frac) if late else np.sign(values)
            rounding, shift = Rounding.FLOOR if isinstance(rounding, QcapsnetsRtn) else rounding, 2
        narrow_shifts(values, shift, codes(format, rounding, overflow), words, events)
        return words, events
    narrowing = codes(format, Rounding.FLOOR, overflow)
    if shift <= 0:  # nothing is dropped, and nothing below one step matters
        narrow_shifts(values, shift, narrowing, words, events)
        return words, events
    random, bits = random_words(rounding, first, *values.shape), rounding.bits
    if isinstance(rounding, QcapsnetsStochastic):
        random, bits = larger_addends(random, bits, format.frac)
    narrow_random(values, shift, bits, random, narrowing, words, events)
    return words, events


def power_words(
    values: Ints, denominator: int, format: Format, overflow: Overflow
) -> tuple[Ints, Ints]:
    """Words and events of `values (N, M) / denominator` steps by the logarithmic quantiser."""
    rounded = powers_of_two(values, denominator, format.frac)
    exact = values == 0
    if holds(denominator):
        exact |= (values % denominator == 0) & (values // denominator == rounded)
    words, events = np.empty_like(values), no_events(len(values))
    narrow_rounded(rounded, exact, codes(format, Rounding.FLOOR, overflow), words, events)
    return words, events


def certifiable(rounding: RoundingRule, format: Format) -> TypeGuard[Coded]:
    """Whether the floats of a value below one, as finely as a rule needs them, fit an int64."""
    if isinstance(rounding, QcapsnetsRtn):
        return 2 * format.frac + 2 <= LARGEST_BITS  # 2 (N + 1) bits and the middle of a cell
    return isinstance(rounding, Rounding)


def magnitude(format: Format) -> int:
    """Largest absolute word."""
    return max(format.max, -format.min)


def rows_of(words: Words) -> Ints:
    """One contiguous row of words an image, as 64-bit integers for arithmetic."""
    batch, *shape = words.array.shape
    return np.ascontiguousarray(words.array.reshape(batch, math.prod(shape)), np.int64)


def holds(*values: int) -> bool:
    """Whether every intermediate of these magnitudes fits the engine's integers."""
    return all(value.bit_length() <= LARGEST_BITS for value in values)
