"""Which clauses of the pages a case exercises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fxcaps.ops import Parameters, SoftmaxAxes, SquashAxes, SquashQ7, operation_of
from fxcaps.types import (
    Accumulator,
    Check,
    Event,
    Init,
    Lfsr,
    Pairwise,
    Permutation,
    Philox,
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    QcapsnetsStochastic,
    Reason,
    RoundAt,
    Tree,
)

Words = Mapping[str, Sequence[int]]

_GUARDS: dict[str, str] = {
    "add": "AD",
    "affine": "AF",
    "agreement": "AG",
    "argmax": "AM",
    "conv2d": "CV",
    "conv_routing": "CR",
    "conv_votes": "CO",
    "dense": "DE",
    "divide": "DV",
    "dynamic_routing": "DR",
    "isqrt": "SR",
    "layout": "LA",
    "length": "LE",
    "quantize": "QU",
    "relu": "RE",
    "requantize": "RQ",
    "rescale": "RS",
    "sigmoid": "SI",
    "softmax": "SM",
    "squash": "SQ",
    "votes": "VO",
    "weighted_sum": "WS",
}
"""The letters of an operation's clauses; the first of each is its guard."""

CLAUSES: dict[str, str] = {
    "add": "AD-2 AD-3",
    "add lanes": "AD-3 AD-5",
    "add shift": "AD-3 AD-4",
    "affine": "AF-2 AF-3 AF-4",
    "agreement": "AG-2 AG-3 AG-4",
    "argmax words": "AM-2 AM-3",
    "argmax squares": "AM-2 AM-3",
    "argmax sticky": "AM-2 AM-4",
    "conv2d": "CV-2 CV-3 CV-4",
    "conv2d pulp": "CV-2 CV-3 CV-4 CV-5",
    "conv_routing": "CR-2 CR-3",
    "conv_votes": "CO-2 CO-3 CO-4",
    "dense": "DE-2 DE-3 DE-4",
    "divide exact": "DV-3 DV-5",
    "divide reciprocal": "DV-4 DV-5",
    "dynamic_routing": "DR-2 DR-3",
    "isqrt": "SR-3 SR-4",
    "layout reshape": "LA-2",
    "layout transpose": "LA-2",
    "layout take": "LA-2",
    "layout concat": "LA-2",
    "layout mask": "LA-3",
    "length": "LE-2 LE-3 LE-4 NUM-8",
    "quantize": "QU-2 QU-3",
    "relu": "RE-2 RE-3",
    "requantize": "RQ-2 RQ-3",
    "rescale single": "RS-2 RS-3 RS-6",
    "rescale double": "RS-2 RS-4 RS-6",
    "rescale tosa_double": "RS-2 RS-5 RS-6",
    "sigmoid exact": "SI-2 SI-4 NUM-8",
    "sigmoid lut": "SI-3 SI-4",
    "softmax exact": "SM-2 SM-3 SM-5 SM-6 NUM-8",
    "softmax lut": "SM-2 SM-4 SM-6 SM-7",
    "softmax lut_reciprocal": "SM-2 SM-4 SM-6 SM-7 SM-8",
    "softmax constant": "SM-9",
    "softmax b2": "SM-2 SM-6 SM-7 SM-10",
    "softmax lnu": "SM-2 SM-6 SM-7 SM-10 SM-11",
    "softmax taylor": "SM-2 SM-6 SM-7 SM-12",
    "softmax q7": "SM-2 SM-6 SM-13",
    "squash exact": "SQ-2 SQ-5 NUM-8",
    "squash isqrt_divide": "SQ-2 SQ-4 SQ-5 SQ-6",
    "squash isqrt_factor": "SQ-2 SQ-5 SQ-6 SQ-7",
    "squash lut": "SQ-2 SQ-5 SQ-6 SQ-9 SQ-10",
    "squash shift_reconstruction": "SQ-2 SQ-5 SQ-6 SQ-11",
    "squash norm": "SQ-2 SQ-5 SQ-12",
    "squash exp": "SQ-2 SQ-5 SQ-6 SQ-13",
    "squash pow2": "SQ-2 SQ-5 SQ-6 SQ-13",
    "squash q7": "SQ-2 SQ-5 SQ-14",
    "votes": "VO-2 VO-3 VO-4",
    "weighted_sum": "WS-2 WS-3 WS-4",
}
"""Operation and algorithm -> clauses of every call that is not rejected."""


def _rounds(params: Any, _: Words) -> bool:
    """Whether the register of a sum inside an algorithm has fewer fraction bits than its terms."""
    register = getattr(params, "accumulator", None)
    return register is not None and register.round_at is not RoundAt.END


_SOMETIMES: dict[str, tuple[tuple[str, Callable[[Any, Words], bool]], ...]] = {
    "add": (
        ("AD-2", lambda params, _: params.algorithm == "lanes" and params.shift is None),
        ("AD-4", lambda params, _: params.algorithm == "lanes" and params.shift is not None),
    ),
    "conv2d": (("CV-6", lambda params, _: params.algorithm == "pulp" and params.relu),),
    "conv_routing": (
        ("CR-4", lambda params, _: params.updates(0)),
        ("CR-5", lambda params, _: params.softmax_axes is SoftmaxAxes.JOINT),
        ("CR-6", lambda params, _: params.squash_axes is SquashAxes.ATOMS),
    ),
    "divide": (("DV-2", lambda _, words: 0 in words.get("b", ())),),
    "dynamic_routing": (("DR-4", lambda params, _: params.updates(0)),),
    "length": (("ACC-15", _rounds),),
    "softmax": (("ACC-15", _rounds),),
    "squash": (
        ("ACC-15", _rounds),
        ("SQ-3", lambda params, _: getattr(params, "epsilon", (1, 1))[0] == 0),
        ("SQ-8", lambda params, _: getattr(params, "epsilon", (0, 1))[0] != 0),
        ("SQ-15", lambda params, words: params.algorithm == "q7" and _wraps(params, words)),
    ),
}
"""Operation -> clauses that depend on parameters or words."""

_QUANTISERS: dict[type, tuple[str, ...]] = {
    QcapsnetsRtn: ("QC-1", "QC-2"),
    QcapsnetsStochastic: ("QC-1", "QC-3", "STO-1", "STO-2"),
    QcapsnetsLogarithmic: ("QC-1", "QC-4"),
}
"""Rules of rounding that have a page of their own -> their clauses."""

_EVENTS: dict[str, tuple[str, ...]] = {
    Event.INEXACT: ("NUM-5", "EVT-3"),
    Event.SATURATED: ("NUM-7", "EVT-4"),
    Event.WRAPPED: ("NUM-7", "EVT-4"),
    Event.ACCUMULATOR_OVERFLOW: ("ACC-14", "EVT-5"),
}

_REASONS: dict[Reason, tuple[str, ...]] = {
    Reason.OUTPUT_OUT_OF_RANGE: ("NUM-7",),
    Reason.ACCUMULATOR_OVERFLOW: ("ACC-3",),
    Reason.NEGATIVE_ROOT: ("SR-2",),
    Reason.DIVISION_BY_ZERO: ("DV-2",),
    Reason.FORMAT_INVALID: ("NUM-3",),
}


def clauses_of(
    params: Parameters, words: Words, events: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Clauses of a call that gives words.

    Args:
        params: of the call.
        words: of its inputs by port.
        events: of its outputs by port and kind.
    """
    found = set(_of(params, words))
    operation = operation_of(params)
    for part in operation.parts(params, words):
        found |= set(_of(part.params, {}))
    for seen in events.values():
        for kind in seen:
            found |= {*_EVENTS[kind], "EVT-1", "EVT-2"}
    return _sorted(found)


def clauses_of_rejection(operation: str, reason: Reason) -> list[str]:
    """Clauses of a call that is rejected."""
    guard = {f"{_GUARDS[operation]}-1"} if operation in _GUARDS else set()
    return _sorted(guard | set(_REASONS.get(reason, ())))


def _of(params: Parameters, words: Words) -> list[str]:
    operation = operation_of(params)
    found = CLAUSES.get(params.title(), "").split()
    found += [tag for tag, holds in _SOMETIMES.get(params.operation, ()) if holds(params, words)]
    rounding = getattr(params, "rounding", None)
    found += ["NUM-6"] if rounding is not None else []
    if isinstance(rounding, Philox):
        found += ["STO-1", "STO-2", "STO-3"]
    if isinstance(rounding, Lfsr):
        found += ["STO-1", "STO-4", "STO-5", "STO-6"]
    own = _QUANTISERS.get(type(rounding), ())
    found += (*own, "QC-5") if own and "NUM-8" in found else own  # the stand-in of a real value
    if not operation.parts(params, words):
        for accumulator in operation.accumulators(params).values():
            found += _of_register(accumulator, biased="bias" in words)
    return found


def _of_register(accumulator: Accumulator, *, biased: bool) -> list[str]:
    order, checks = accumulator.order, {Check.EXACT: 3, Check.FINAL: 4, Check.PER_STEP: 5}
    holds = {
        1: biased,
        2: True,
        checks[accumulator.check]: accumulator.format is not None,
        6: accumulator.round_at is RoundAt.PRODUCT,
        7: accumulator.round_at is RoundAt.SUM,
        8: accumulator.init is not Init.BIAS,
        9: biased,
        10: not isinstance(order, Pairwise | Tree) or isinstance(order, Permutation),
        11: isinstance(order, Pairwise),
        12: isinstance(order, Tree),
        13: accumulator.tile is not None,
    }
    return [f"ACC-{number}" for number, applies in holds.items() if applies]


def _wraps(params: SquashQ7, words: Words) -> bool:
    return params.wraps(len(words.get("x", ())))


def _sorted(tags: set[str]) -> list[str]:
    return sorted(tags, key=lambda tag: (tag.split("-")[0], int(tag.split("-")[1])))
