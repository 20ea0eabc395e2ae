"""What engine functions take and give: batches of words with a format beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels.narrow import (
    OVERFLOW_CODES,
    ROUNDING_CODES,
    Ints,
    Narrowing,
    narrow_shifts,
)
from fxcaps.engine.kernels.stochastic import narrow_random
from fxcaps.engine.stochastic import random_words
from fxcaps.ops.batch import EVENT_CODES, Result, Words
from fxcaps.ops.operation import Operation, Signatures
from fxcaps.ops.parameters import Parameters
from fxcaps.types import Format, Overflow, Rounding, RoundingRule, Shape, Signature

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
    words: Ints,
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


def codes(format: Format, rounding: Rounding, overflow: Overflow) -> Narrowing:
    """What kernels take of a narrowing."""
    symmetric = overflow is Overflow.SATURATE_SYMMETRIC and format.signed
    low = -format.max if symmetric else format.min
    return ROUNDING_CODES[rounding], low, format.max, OVERFLOW_CODES[overflow]


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
    if not isinstance(rounding, Rounding):
        words, events = np.empty_like(values), no_events(len(values))
        narrowing = codes(format, Rounding.FLOOR, overflow)
        if shift <= 0:  # nothing is dropped, and no random bit matters
            narrow_shifts(values, shift, narrowing, words, events)
            return words, events
        random = random_words(rounding, first, *values.shape)
        narrow_random(values, shift, rounding.bits, random, narrowing, words, events)
        return words, events
    if shift > LARGEST_BITS:
        # Every value lies strictly within half a step: only its sign matters.
        values, shift = np.sign(values), 2
    words, events = np.empty_like(values), no_events(len(values))
    narrow_shifts(values, shift, codes(format, rounding, overflow), words, events)
    return words, events


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
