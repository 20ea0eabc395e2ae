"""Random words of stochastic rounding over arrays."""

from __future__ import annotations

import numpy as np

from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.kernels.stochastic import lfsr_beats, philox_words
from fxcaps.types import Advance, Direction, Form, Lfsr, Philox


def random_words(generator: Philox | Lfsr, first: int, batch: int, size: int) -> Ints:
    """Equal to `fxcaps.spec.stochastic.random_bits` for a batch.

    Args:
        generator: with its parameters.
        first: index of the first image in its data set.
        batch: images.
        size: words of an image.

    Returns `(batch, size)`, or `(1, size)` where all images have the same.
    """
    if isinstance(generator, Philox):
        words = np.empty((batch, size), np.int64)
        key = generator.key - (1 << 64 if generator.key >> 63 else 0)
        philox_words(generator.step, first, generator.iteration, key, generator.bits, words)
        return words
    lanes = len(generator.seeds)
    beats = generator.beats if generator.beats is not None else -(-size // lanes)
    drawn = np.empty((lanes, generator.skip + beats), np.int64)
    take = (
        generator.bits,
        generator.lowest,
        generator.steps,
        generator.advance is Advance.BEFORE,
    )
    galois, right = generator.form is Form.GALOIS, generator.direction is Direction.RIGHT
    for lane, seed in enumerate(generator.seeds):
        state, taps = np.uint64(seed), np.uint64(generator.taps)
        lfsr_beats(state, taps, generator.width, galois, right, take, drawn[lane])
    used = drawn[:, generator.skip :]
    ordered = used.T if generator.beats is None else used
    return np.ascontiguousarray(ordered.reshape(1, -1)[:, :size])
