"""The normative sigmoid."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.sigmoid import SIGMOID, SigmoidExact, SigmoidLut
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.spec.exponential import couplings
from fxcaps.types import Format, Log, Tensor, signatures


def sigmoid(
    params: SigmoidExact | SigmoidLut,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
) -> dict[str, Tensor]:
    """The logistic function of every word; page `ops/sigmoid.md`."""
    # SI-1 guard
    SIGMOID.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    words: list[int] = []
    for index, word in enumerate(x.words):
        # SI-2, SI-3 read, compute
        if isinstance(params, SigmoidExact):
            # the share of exp(x) in exp(x) + exp(0)
            distances = [max(-word, 0), max(word, 0)]
            n, d = couplings(distances, x.format.frac, out.frac, params.rounding)[0]
        else:
            entry = _entry(params, word, x.format.frac)
            n, d = scaled(entry, 1, out.frac - params.table_frac)
        # SI-4 round, overflow
        words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}


def _entry(params: SigmoidLut, word: int, frac: int) -> int:
    """SI-3: the table word of the magnitude, or what it leaves to one."""
    n, d = scaled(abs(word), 1, params.index_frac - frac)
    entry = params.table[min(n // d, len(params.table) - 1)]
    return entry if word >= 0 else (1 << params.table_frac) - entry
