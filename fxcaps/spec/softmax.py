"""The normative softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from fxcaps.ops.softmax import SOFTMAX, SoftmaxExact, SoftmaxLut
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.spec.exponential import exp_enclosure
from fxcaps.types import QUARTERS, Format, Log, Tensor, signatures

Note = Callable[..., None]
"""`Log.note` for the words of one vector."""


def softmax(
    params: SoftmaxExact | SoftmaxLut,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
) -> dict[str, Tensor]:
    """Coupling coefficients from logits; page `ops/softmax.md`."""
    # SM-1 guard
    SOFTMAX.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    count = x.shape[-1]
    words: list[int] = []
    for start in range(0, len(x.words), count):
        # SM-2 read: distances to the largest logit
        logits = x.words[start : start + count]
        largest = max(logits)
        distances = [largest - logit for logit in logits]
        note = partial(log.note, range(start, start + count))
        note("largest", largest, x.format.frac)
        note("distances", distances, x.format.frac)
        # SM-3, SM-4 compute each coefficient as a fraction of output steps
        if isinstance(params, SoftmaxExact):
            fractions = _exact(distances, x.format.frac, out.frac, note)
        else:
            fractions = _lut(params, distances, x.format.frac, out.frac, note)
        # SM-6 round, overflow
        for offset, (n, d) in enumerate(fractions):
            index = start + offset
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}


def _lut(
    params: SoftmaxLut, distances: Sequence[int], frac: int, frac_out: int, note: Note
) -> list[tuple[int, int]]:
    """SM-4: table words divided by their sum."""
    last = len(params.table) - 1
    entries = []
    for distance in distances:
        n, d = scaled(distance, 1, params.index_frac - frac)
        entries.append(params.table[min(n // d, last)])
    total = sum(entries)
    note("entries", entries)
    note("sum", total)
    return [scaled(entry, total, frac_out) for entry in entries]


def _exact(distances: Sequence[int], frac: int, frac_out: int, note: Note) -> list[tuple[int, int]]:
    """SM-3: exp(-d[j]) 2**Fo / sum over k of exp(-d[k]), as fractions that round like it."""
    if not any(distances):
        return [scaled(1, len(distances), frac_out)] * len(distances)
    # Otherwise the value is transcendental (Lindemann-Weierstrass): neither an integer nor a
    # half, so that some precision separates it from both.
    precision = 32 + abs(frac_out)
    while True:
        quarters = _quarters(distances, frac, frac_out, precision)
        if quarters is not None:
            note(QUARTERS, quarters)
            return [(quarter, 4) for quarter in quarters]
        precision *= 2


def _quarters(
    distances: Sequence[int], frac: int, frac_out: int, precision: int
) -> list[int] | None:
    """Quarters of every coefficient, or None where the enclosures are too wide to tell."""
    known = {
        d: exp_enclosure(d, frac, precision) if d else (1 << precision,) * 2 for d in set(distances)
    }
    bounds = [known[d] for d in distances]
    sum_low = sum(low for low, _ in bounds)
    sum_high = sum(high for _, high in bounds)
    quarters = []
    for low, high in bounds:
        # In halves of an output step: 2 e / (e + rest), smallest with the largest rest.
        n, d = scaled(low, low + sum_high - high, frac_out + 1)
        halves = n // d
        n, d = scaled(high, high + sum_low - low, frac_out + 1)
        if -(-n // d) != halves + 1:
            return None
        quarters.append(2 * halves + 1)
    return quarters
