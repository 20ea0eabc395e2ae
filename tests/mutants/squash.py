"""Wrong versions of squash."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fxcaps.ops import SquashIsqrtDivide, SquashQ7
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Check, Log, Tensor
from tests.mutants.base import (
    OVERFLOWS,
    REGISTERS,
    ROUNDINGS,
    Formats,
    Mutant,
    Tensors,
    reversed_words,
    spec,
    symmetric,
    unsigned,
)

Component = Callable[[int, int, int, int], tuple[int, int]]
"""S, N, F and guard -> numerator and denominator of a value, with `guard` fraction bits more."""


def _by_component(name: str, flag: str, component: Component, *, magnitude: bool = False) -> Mutant:
    """Squash `isqrt_divide` with another fraction for each component."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        x, out = inputs["x"], formats["out"]
        dim, frac = x.shape[-1], max(x.format.frac, 0)
        words: list[int] = []
        for start in range(0, len(x.words), dim):
            vector = [word << max(-x.format.frac, 0) for word in x.words[start : start + dim]]
            norm = sum(word * word for word in vector)
            for word in vector:
                numerator, denominator = component(word, norm, frac, params.guard)
                sign = -1 if magnitude and numerator < 0 else 1
                fraction = scaled(sign * numerator, denominator, out.frac - params.guard)
                made = narrow(*fraction, out, params.rounding, params.overflow, log, len(words))
                words.append(made * sign)
        return {"out": Tensor(x.shape, out, words)}

    def applies(params: Any, _: Formats) -> bool:
        if not isinstance(params, SquashIsqrtDivide):
            return False
        return params.accumulator.check is Check.EXACT  # others have a register of their own

    return Mutant(name, flag, run, applies)


def _root(norm: int, guard: int) -> int:
    return math.isqrt(norm << 2 * guard)


def _float_root(s: int, n: int, f: int, g: int) -> tuple[int, int]:
    return s * round(math.sqrt(n << 2 * g)), (1 << 2 * f) + n


def _one_for_one(s: int, n: int, f: int, g: int) -> tuple[int, int]:  # noqa: ARG001
    return s * _root(n, g), 1 + n


def _no_guard(s: int, n: int, f: int, g: int) -> tuple[int, int]:
    return s * (math.isqrt(n) << g), (1 << 2 * f) + n


def _unit(s: int, n: int, f: int, g: int) -> tuple[int, int]:  # noqa: ARG001
    """The unit vector: the factor forgotten."""
    return s << g, max(math.isqrt(n), 1)


def _exact_of(s: int, n: int, f: int, g: int) -> tuple[int, int]:
    return s * _root(n, g), (1 << 2 * f) + n


def _length_divisor(s: int, n: int, f: int, g: int) -> tuple[int, int]:
    """`1 + n` in place of `1 + n**2`."""
    return s * _root(n, g), (1 << 2 * f) + (math.isqrt(n) << f)


def _axis(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """All vectors as one."""
    x = inputs["x"]
    flat = Tensor((len(x.words),), x.format, x.words)
    free = getattr(params, "accumulator", None)
    if free is not None and free.check is Check.EXACT:
        params = replace(params, accumulator=replace(free, format=None))
    made = spec(params, {"x": flat}, formats, log)["out"]
    return {"out": Tensor(x.shape, made.format, made.words)}


def _first_left_out(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The norm without the last component of each vector."""
    x = inputs["x"]
    dim = x.shape[-1]
    words: Sequence[int] = [0 if k % dim == dim - 1 else w for k, w in enumerate(x.words)]
    return spec(params, {"x": Tensor(x.shape, x.format, words)}, formats, log)


def _q7(name: str, flag: str, component: Component) -> Mutant:
    """Squash `q7` with another fraction for each component; its last operand is `Fo`."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        x, out = inputs["x"], formats["out"]
        dim, words = x.shape[-1], list[int]()
        for start in range(0, len(x.words), dim):
            vector = x.words[start : start + dim]
            norm = sum(word * word for word in vector)
            for word in vector:
                fraction = component(word, norm, x.format.frac, out.frac)
                modes = params.rounding, params.overflow
                words.append(narrow(*fraction, out, *modes, log, len(words)))
        return {"out": Tensor(x.shape, out, words)}

    def applies(params: Any, _: Formats) -> bool:
        return isinstance(params, SquashQ7) and (params.row_offset_bits or 16) >= 16

    return Mutant(name, flag, run, applies)


def _whole_divisor(s: int, n: int, f: int, o: int) -> tuple[int, int]:
    """The divisor not floored."""
    return (s * math.isqrt(n) << o - f) << f, n + (1 << 2 * f)


def _late_root(s: int, n: int, f: int, o: int) -> tuple[int, int]:
    """The root of the shifted sum in place of the shifted root."""
    return s * math.isqrt(n << 2 * (o - f)), (n >> f) + (1 << f)


def _unit_divisor(s: int, n: int, f: int, o: int) -> tuple[int, int]:
    """A one of another scale."""
    return s * (math.isqrt(n) << o - f), (n >> f) + 1


def _near_root(s: int, n: int, f: int, o: int) -> tuple[int, int]:
    """The nearest root."""
    root = math.isqrt(n)
    return s * (root + (n > root * (root + 1)) << o - f), (n >> f) + (1 << f)


def _short_offsets(params: Any, _: Formats) -> bool:
    return isinstance(params, SquashQ7) and (params.row_offset_bits or 16) < 4


def _far_offsets(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """Offsets that reach every vector."""
    return spec(replace(params, row_offset_bits=None), inputs, formats, log)


def _halved(s: int, n: int, f: int, g: int) -> tuple[int, int]:
    return s * (_root(n, g) | 1), (1 << 2 * f) + n


MUTANTS: tuple[Mutant, ...] = (
    *(mutant for mutant in ROUNDINGS if mutant.flag == "TRUNCATE"),
    *(mutant for mutant in ROUNDINGS if mutant.flag != "TRUNCATE"),
    *OVERFLOWS,
    *REGISTERS[:1],  # squares and exponentials only add: a range left is left in the end, too
    unsigned("x"),
    symmetric("x"),
    reversed_words("x"),
    Mutant("one vector of all", "AXIS_ORDER", _axis),
    Mutant("last component lost", "AXIS_ORDER", _first_left_out),
    _by_component("root rounded in float64", "FLOAT_SHORTCUT", _float_root),
    _by_component("one of another scale", "OPERATION_ORDER", _one_for_one),
    _by_component("no guard bits", "TRUNCATE", _no_guard),
    _by_component("factor forgotten", "OPERATION_ORDER", _unit),
    _by_component("length for its square", "OPERATION_ORDER", _length_divisor),
    _by_component("root with its last bit set", "ROOT_OFF_BY_ONE", _halved),
    _q7("divisor not floored", "TRUNCATE", _whole_divisor),
    _q7("root of the shifted sum", "OPERATION_ORDER", _late_root),
    _q7("one of another scale, q7", "OPERATION_ORDER", _unit_divisor),
    _q7("nearest root", "ROOT_OFF_BY_ONE", _near_root),
    Mutant("offsets without end", "AXIS_ORDER", _far_offsets, _short_offsets),
    _by_component("sign put back after rounding", "ROUND_TIE_DIRECTION", _exact_of, magnitude=True),
)
