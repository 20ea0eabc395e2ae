"""Parameters of softmax by any of its algorithms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from fxcaps.ops import (
    Arithmetic,
    Parameters,
    SoftmaxB2,
    SoftmaxConstant,
    SoftmaxExact,
    SoftmaxLnu,
    SoftmaxLut,
    SoftmaxLutReciprocal,
    SoftmaxQ7,
    SoftmaxTaylor,
)
from fxcaps.ops.exponential import logarithm_constants
from fxcaps.ops.softmax_lut import SummedExponentials
from fxcaps.strategies.registers import accumulators
from fxcaps.strategies.words import Strategy, near, overflows, roundings, words
from fxcaps.types import Accumulator, Format, Overflow

SOFTMAXES = ["exact", "lut", "lut_reciprocal", "constant", "b2", "lnu", "taylor", "q7"]
"""The algorithms that a routing's parts are drawn from."""


@st.composite
def softmax_params(
    draw: st.DrawFn, algorithm: str, x: Format, out: Format, *, reject: bool = True
) -> Parameters:
    """Parameters of softmax; tables are fitted ones or any that are valid."""
    if algorithm == "constant":
        return SoftmaxConstant(word=draw(words(out)))
    modes: dict[str, Any] = {
        "rounding": draw(roundings()),
        "overflow": draw(overflows(out, reject=reject)),
    }
    if algorithm == "exact":
        return SoftmaxExact(**modes)
    if algorithm == "q7":
        return SoftmaxQ7(constant=draw(st.integers(12, 15) | st.integers(8, 21)), **modes)
    params: SummedExponentials
    if algorithm == "lut":
        fitted = SoftmaxLut.fit(x, out, Arithmetic())
        params = replace(fitted, **draw(tables(x)), **modes)
    elif algorithm in ("b2", "lnu"):
        params = replace(draw(powers(algorithm, x, out)), **modes)
    elif algorithm == "taylor":
        params = replace(draw(products(x, out)), **modes)
    else:
        inverse = SoftmaxLutReciprocal.fit(x, out, Arithmetic())
        modes |= draw(reciprocals(inverse.reciprocal, reject=reject))
        params = replace(inverse, **draw(tables(x)), **modes)
    return replace(params, accumulator=draw(exponential_sums(params, reject=reject)))


@st.composite
def tables(draw: st.DrawFn, x: Format) -> dict[str, Any]:
    """Table fields, none now and then so that fitted ones stay."""
    if draw(st.integers(0, 3)) == 0:
        return {}
    limit = st.integers(0, 40) | st.integers(0, x.max - x.min)
    found: dict[str, Any] = {"largest_distance": draw(st.none() | limit)}
    if draw(st.booleans()):
        return found
    first = draw(st.integers(1, 1 << 16))
    rest = draw(st.lists(st.integers(0, first) | st.integers(0, 1 << 16), max_size=12))
    width = max(first, *rest, 1).bit_length()
    exp = Format(False, width, draw(st.integers(-3, width + 3)))
    return found | {
        "table": (first, *rest),
        "index_frac": draw(near(x.frac)),
        "exp": draw(st.none() | st.just(exp)),
    }


@st.composite
def powers(draw: st.DrawFn, algorithm: str, x: Format, out: Format) -> SoftmaxB2 | SoftmaxLnu:
    """Parameters of the algorithms by powers of two, fitted ones now and then."""
    fitted = (SoftmaxB2 if algorithm == "b2" else SoftmaxLnu).fit(x, out, Arithmetic())
    if draw(st.integers(0, 2)) == 0:
        return fitted
    changed = replace(fitted, log_frac=draw(st.integers(0, 14)), exp=draw(units()))
    if not isinstance(changed, SoftmaxLnu):
        return changed
    frac = draw(st.integers(0, 14))
    log2_e, ln_2 = logarithm_constants(frac)
    word = st.integers(1, 2 << frac)
    return replace(
        changed,
        log2_e=draw(st.just(log2_e) | word),
        ln_2=draw(st.just(ln_2) | word),
        constant_frac=frac,
    )


@st.composite
def products(draw: st.DrawFn, x: Format, out: Format) -> SoftmaxTaylor:
    """Parameters of the algorithm by two tables, fitted ones now and then."""
    fitted = SoftmaxTaylor.fit(x, out, Arithmetic())
    if draw(st.integers(0, 2)) == 0:
        return fitted
    frac = draw(st.integers(0, 12))
    word = st.integers(0, 1 << frac)
    count = draw(st.sampled_from([1, 2, 4, 8]))
    integers = draw(st.lists(word, max_size=6))
    fractions = draw(st.lists(word, min_size=count - 1, max_size=count - 1))
    return replace(
        fitted,
        integers=(1 << frac, *integers),
        fractions=(1 << frac, *fractions),
        table_frac=frac,
        exp=draw(units()),
    )


def units() -> Strategy[Format]:
    """Unsigned formats that hold one, just or with room."""
    return st.builds(
        lambda frac, more: Format(False, frac + 1 + more, frac),
        st.integers(0, 14),
        st.integers(0, 2),
    )


@st.composite
def reciprocals(draw: st.DrawFn, fitted: Format, *, reject: bool) -> dict[str, Any]:
    """Formats of a reciprocal and how it is narrowed."""
    width = draw(st.integers(1, 20))
    any_format = Format(False, width, draw(st.integers(width - 4, width + 12)))
    format = draw(st.sampled_from([fitted, any_format]))
    modes = [mode for mode in Overflow if reject or mode is not Overflow.REJECT]
    return {
        "reciprocal": format,
        "reciprocal_rounding": draw(roundings()),
        "reciprocal_overflow": draw(st.sampled_from(modes)),
    }


def exponential_sums(params: SummedExponentials, *, reject: bool = True) -> Strategy[Accumulator]:
    """Registers for the sum of exponentials that a few words fill, or none."""
    bits = params.largest_words(Format(True, 4, 0))[0].bit_length() + 3
    return accumulators(params.exp_frac, bits, biased=False, inner=True, reject=reject)
