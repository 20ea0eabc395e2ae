"""What calls of every operation are drawn from."""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import strategies as st

from fxcaps.ops import Parameters
from fxcaps.strategies.registers import accumulators
from fxcaps.strategies.words import formats, overflows, roundings, tensors
from fxcaps.types import Format, Shape, Tensor


class Case(NamedTuple):
    """Everything that a call takes."""

    params: Parameters
    inputs: dict[str, Tensor]
    formats: dict[str, Format]


def narrowing(draw: st.DrawFn, out: Format, *, reject: bool = True) -> dict[str, Any]:
    """The fields of `Narrowing`."""
    return {"rounding": draw(roundings()), "overflow": draw(overflows(out, reject=reject))}


def summing(
    draw: st.DrawFn,
    out: Format,
    frac: int,
    max_width: int,
    *,
    terms: int | None = None,
    biased: bool = True,
    reject: bool = True,
) -> dict[str, Any]:
    """The fields of `Summing`, for `terms` products of `frac` fraction bits."""
    width = 2 * max_width - 1
    register = draw(accumulators(frac, width, terms=terms, biased=biased, reject=reject))
    return {"accumulator": register} | narrowing(draw, out, reject=reject)


@st.composite
def bias(draw: st.DrawFn, shape: Shape, frac: int, max_width: int) -> dict[str, Tensor]:
    """A bias that a left shift aligns to `frac`, or none."""
    if draw(st.booleans()):
        return {}
    format = draw(formats(1, max_width, st.integers(frac - 10, frac)))
    return {"bias": draw(tensors(shape, format))}


def divisors(count: int) -> st.SearchStrategy[int]:
    """Divisors of `count`, the largest first."""
    return st.sampled_from([k for k in range(count, 0, -1) if count % k == 0])
