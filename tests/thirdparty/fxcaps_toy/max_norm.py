"""squash with the largest magnitude in place of the Euclidean norm: no square root."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fxcaps.engine.kernels.narrow import narrow_quotients
from fxcaps.engine.values import begin, codes, holds, magnitude, no_events, single, undecided
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.ops.squash import SQUASH
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Overflow, Tensor, signatures


@dataclass(frozen=True, kw_only=True)
class SquashMaxNorm(FittedParameters):
    """`v = s m / (1 + m**2)` with `m` the largest magnitude of `s`.

    Args:
        rounding: of the exact quotient.
        overflow: of the rounded quotient.
    """

    operation: ClassVar[str] = "squash"
    algorithm: ClassVar[str] = "max_norm"

    @classmethod
    def fit(cls, x, out, arithmetic):
        """Nothing depends on the formats."""
        return cls(rounding=arithmetic.rounding, overflow=arithmetic.overflow)


def spec(params, inputs, formats, log):
    """One sample in plain integers: this decides."""
    SQUASH.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    dim, words = x.shape[-1], []
    lift, frac = max(-x.format.frac, 0), max(x.format.frac, 0)
    for start in range(0, len(x.words), dim):
        vector = [word << lift for word in x.words[start : start + dim]]
        largest = max(abs(word) for word in vector)
        for word in vector:
            n, d = scaled(word * largest, (1 << 2 * frac) + largest**2, out.frac)
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, len(words)))
    return {"out": Tensor(x.shape, out, words)}


def engine(params, inputs, formats):
    """A batch: the same words and events; what 62 bits do not hold stays undecided."""
    batch, shapes = begin(SQUASH, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    frac, up = x.format.frac, out.frac
    bound = magnitude(x.format)
    simple = frac >= 0 and up >= 0 and params.overflow is not Overflow.REJECT
    if not simple or not holds(bound**2 << up, (1 << 2 * frac) + bound**2):
        return undecided(batch, shapes)
    dim = x.array.shape[-1]
    vectors = x.array.reshape(-1, dim)
    largest = np.abs(vectors).max(axis=1)
    narrowing = codes(out, params.rounding, params.overflow)
    words, seen = np.zeros_like(vectors), np.zeros((len(vectors), 4, 2), np.int64)
    seen[:, :, 1] = -1
    for k, m in enumerate(largest.tolist()):
        row = slice(k, k + 1)
        values = vectors[row] * m << up
        narrow_quotients(values, (1 << 2 * frac) + m * m, narrowing, words[row], seen[row])
    words = words.reshape(batch, -1)
    return single(words, joined(seen, batch, dim), params.overflow, shapes["out"])


def joined(seen, batch, dim):
    """The events of an image from those of its vectors: counts add up, the first index wins."""
    events = no_events(batch)
    seen = seen.reshape(batch, -1, 4, 2)
    events[:, :, 0] = seen[..., 0].sum(axis=1)
    for image, kind in zip(*np.nonzero(events[:, :, 0]), strict=True):
        vector = np.flatnonzero(seen[image, :, kind, 0])[0]
        events[image, kind, 1] = vector * dim + seen[image, vector, kind, 1]
    return events


def real(params, inputs):
    """A batch in float64, for calibration."""
    x = inputs["x"]
    largest = np.abs(x).max(axis=-1, keepdims=True)
    return {"out": x * (largest / (1.0 + np.square(largest)))}
