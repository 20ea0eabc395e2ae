"""The normative softmax."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fxcaps.ops.softmax import SOFTMAX, SoftmaxConstant, SoftmaxExact, SoftmaxParameters
from fxcaps.ops.softmax_lut import SoftmaxLut, SoftmaxLutReciprocal
from fxcaps.ops.softmax_power import SoftmaxB2, SoftmaxLnu, SoftmaxTaylor
from fxcaps.ops.softmax_q7 import SoftmaxQ7
from fxcaps.spec.arithmetic import narrow
from fxcaps.spec.exponential import couplings
from fxcaps.spec.softmax_lut import lut, lut_reciprocal
from fxcaps.spec.softmax_power import by_powers, taylor
from fxcaps.spec.softmax_q7 import q7
from fxcaps.spec.softmax_sum import Fractions, Vector
from fxcaps.types import QUARTERS, Format, Log, Tensor, signatures


def softmax(
    params: SoftmaxParameters,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
) -> dict[str, Tensor]:
    """Coupling coefficients from logits; page `ops/softmax.md`."""
    # SM-1 guard
    SOFTMAX.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    if isinstance(params, SoftmaxConstant):  # SM-9
        return {"out": Tensor(x.shape, out, [params.word] * len(x.words))}
    count = x.shape[-1]
    words: list[int] = []
    for start in range(0, len(x.words), count):
        # SM-2 read: distances to the largest logit
        logits = x.words[start : start + count]
        largest = max(logits)
        distances = [largest - logit for logit in logits]
        # compute each coefficient as a fraction of output steps
        vector = Vector(distances, x.format.frac, out.frac, start, log)
        vector.note("largest", largest, x.format.frac)
        vector.note("distances", distances, x.format.frac)
        fractions = _ALGORITHMS[type(params)](params, vector)
        # SM-6 round, overflow
        for offset, (n, d) in enumerate(fractions):
            index = start + offset
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}


def _exact(params: SoftmaxExact, vector: Vector) -> Fractions:
    """SM-3: fractions that round like the real coefficients."""
    fractions = couplings(vector.distances, vector.frac, vector.frac_out, params.rounding)
    if any(vector.distances):
        vector.note(QUARTERS, [n for n, _ in fractions])
    return fractions


_ALGORITHMS: dict[type, Callable[[Any, Vector], Fractions]] = {
    SoftmaxExact: _exact,
    SoftmaxLut: lut,
    SoftmaxLutReciprocal: lut_reciprocal,
    SoftmaxB2: by_powers,
    SoftmaxLnu: by_powers,
    SoftmaxTaylor: taylor,
    SoftmaxQ7: q7,
}
