"""What is measured: functions, formats, parameters and sets of inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors.accuracy import constant_word
from fxcaps.network.dispatch import apply
from fxcaps.ops import (
    OPERATIONS,
    Arithmetic,
    DivideExact,
    DivideReciprocal,
    Isqrt,
    Parameters,
    SigmoidExact,
    SoftmaxConstant,
    SoftmaxExact,
    SquashExact,
    ZeroDivisor,
)
from fxcaps.ops.batch import Words
from fxcaps.oracle import TABLES
from fxcaps.spec import SPEC
from fxcaps.types import Format, Log, Tensor

Ints = NDArray[np.int64]
Inputs = Mapping[str, Ints]
"""Words by port, vectors along the first axis."""


@dataclass(frozen=True)
class Set:
    """The inputs that one row of the results is about.

    Args:
        width: bits of input and output words.
        dim: words of a vector.
        every: all vectors of the width; otherwise those that a search visits.
    """

    width: int
    dim: int
    every: bool = True


@dataclass(frozen=True)
class Function:
    """A function and how it is measured.

    Args:
        inputs: width -> formats by port.
        out: width -> output format.
        reference: the parameters that errors are against, or a function of the words.
        sets: of inputs, those that take seconds first.
        axis: what the figure shows errors against, and its values for vectors of inputs.
        typical: words of a vector for which the page states the cost.
    """

    inputs: Callable[[int], dict[str, Format]]
    out: Callable[[int], Format]
    reference: Parameters | None
    sets: tuple[Set, ...]
    axis: tuple[str, Callable[[Mapping[str, Any]], Any]]
    typical: int = 1


@dataclass(frozen=True)
class Case:
    """One algorithm on one set of inputs; its parameters follow from the formats."""

    operation: str
    label: str
    params: Parameters
    set: Set
    inputs: Mapping[str, Format] = field(default_factory=dict)
    out: Format = Format(True, 8, 0)


def _all(dim: int, *widths: int) -> tuple[Set, ...]:
    return tuple(Set(width, dim) for width in widths)


def _searched(*dims: int) -> tuple[Set, ...]:
    return tuple(Set(width, dim, every=False) for dim in dims for width in (8, 12, 16))


def _signed(below: int) -> Callable[[int], dict[str, Format]]:
    return lambda width: {"x": Format(True, width, width - below)}


def _unsigned_one(width: int) -> Format:
    return Format(False, width, width)


_PAIRS = (4, 5, 6, 7, 8, 10, 12)

FUNCTIONS: dict[str, Function] = {
    "squash": Function(
        _signed(4),
        lambda width: Format(True, width, width - 1),
        SquashExact(),
        _all(2, *_PAIRS) + _all(3, 4, 5, 6) + _searched(8, 16),
        ("norm of the vector", lambda real: np.sqrt((real["x"] ** 2).sum(axis=1))),
        typical=16,
    ),
    "softmax": Function(
        _signed(4),
        _unsigned_one,
        SoftmaxExact(),
        _all(2, *_PAIRS) + _all(3, 4, 5, 6) + _searched(10),
        ("difference of the two logits", lambda real: np.ptp(real["x"], axis=1)),
        typical=10,
    ),
    "sigmoid": Function(
        _signed(4),
        _unsigned_one,
        SigmoidExact(),
        _all(1, 4, 5, 6, 7, 8, 10, 12, 14, 16),
        ("input", lambda real: real["x"][:, 0]),
    ),
    "isqrt": Function(
        lambda width: {"x": Format(False, width, width)},
        _unsigned_one,
        None,
        _all(1, 4, 5, 6, 7, 8, 10, 12, 14, 16),
        ("input", lambda real: real["x"][:, 0]),
    ),
    "divide": Function(
        lambda width: {
            "a": Format(True, width, width - 4),
            "b": Format(False, width, width - 3),
        },
        lambda width: Format(True, width, width - 4),
        DivideExact(zero_divisor=ZeroDivisor.SATURATE),
        _all(1, *_PAIRS),
        ("divisor", lambda real: real["b"][:, 0]),
    ),
}
"""By operation. Formats are those that the quantiser gives the last routing iteration of
mnist-small at 8 bits, s8f4 to s8f7 and s8f4 to u8f8, and the same ranges at other widths."""


def cases(operation: str, given: Set) -> Iterator[Case]:
    """Every algorithm of a function on a set."""
    function = FUNCTIONS[operation]
    inputs, out = function.inputs(given.width), function.out(given.width)
    for label, params in _algorithms(operation, inputs, out, given.dim):
        yield Case(operation, label, params, given, inputs, out)


def _algorithms(
    operation: str, inputs: Mapping[str, Format], out: Format, dim: int
) -> Iterator[tuple[str, Parameters]]:
    """Parameters as `fit` gives them; those that nothing fits are given their reasons here."""
    for cls in OPERATIONS[operation].algorithms:
        if cls is SoftmaxConstant:
            word = min(constant_word(out, dim), out.max)
            yield "constant", SoftmaxConstant(word=word)
        elif cls is DivideReciprocal:
            yield from _reciprocals(inputs, out)
        elif cls is DivideExact:
            yield "exact", DivideExact(zero_divisor=ZeroDivisor.SATURATE)
        elif cls is Isqrt:
            yield "isqrt", Isqrt()
        else:
            yield cls.algorithm, cls.fit(inputs["x"], out, Arithmetic())  # type: ignore[attr-defined]


def _reciprocals(
    inputs: Mapping[str, Format], out: Format
) -> Iterator[tuple[str, DivideReciprocal]]:
    """A reciprocal that costs a quarter step, and one as wide as the operands.

    A dividend is at most 2**k, k its integer bits, and half a step of a reciprocal of
    `out.frac + k + 1` fraction bits a quarter of an output step times 2**-k. The largest
    reciprocal is 2**b.frac, of the divisor 1.
    """
    a, b = inputs["a"], inputs["b"]
    frac, whole = out.frac + (a.width - 1 - a.frac) + 1, b.frac + 1
    wide, narrow = Format(False, whole + frac, frac), Format(False, b.width, b.width - 3)
    for label, format in (("reciprocal", wide), ("reciprocal, narrow", narrow)):
        yield label, DivideReciprocal(reciprocal=format, zero_divisor=ZeroDivisor.SATURATE)


def evaluate(params: Parameters, case: Case, words: Inputs) -> Ints:
    """Words of the engine, and of the specification where it leaves rows open."""
    given = {port: Words(words[port], case.inputs[port]) for port in words}
    return apply(params, given, {"out": case.out}, TABLES).outputs["out"]


def reference(case: Case, words: Inputs) -> Ints:
    """Words of `exact`; of the root rounded to nearest for isqrt, which has no `exact`."""
    params = FUNCTIONS[case.operation].reference
    if params is not None:
        return evaluate(params, case, words)
    roots = [nearest_root(word, case) for word in words["x"].ravel().tolist()]
    return np.array(roots, np.int64).reshape(words["x"].shape)


def nearest_root(word: int, case: Case) -> int:
    """The root rounded to nearest and saturated; half a step is never hit by a root."""
    shift = 2 * case.out.frac - case.inputs["x"].frac + 2
    doubled = math.isqrt(word << shift if shift >= 0 else word >> -shift)
    return min((doubled + 1) // 2, case.out.max)


def normative(case: Case, words: Mapping[str, list[int]]) -> tuple[list[int], list[int]]:
    """The words of one vector and of its reference by the specification alone."""
    given = {
        port: Tensor((len(word),), case.inputs[port], list(word)) for port, word in words.items()
    }
    function, formats = SPEC[case.operation], {"out": case.out}
    made = function(case.params, given, formats, Log())["out"].words
    params = FUNCTIONS[case.operation].reference
    if params is None:
        return list(made), [nearest_root(word, case) for word in words["x"]]
    return list(made), list(function(params, given, formats, Log())["out"].words)
