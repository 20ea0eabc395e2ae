"""Hypothesis strategies: formats, words, tensors, modes, accumulators, parameters."""

from __future__ import annotations

import math

from hypothesis import strategies as st

from fxcaps.ops import Arithmetic
from fxcaps.types import Format, Overflow, Rounding, Shape, Tensor

Strategy = st.SearchStrategy


def formats(
    min_width: int = 1,
    max_width: int = 32,
    fracs: Strategy[int] | None = None,
    *,
    signed: bool | None = None,
) -> Strategy[Format]:
    """Formats, narrow ones often; fractions are negative or beyond the width now and then."""
    sign = st.booleans() if signed is None else st.just(signed)
    frac = fractions(max_width) if fracs is None else fracs
    return st.builds(Format, sign, widths(min_width, max_width), frac)


def widths(smallest: int, largest: int) -> Strategy[int]:
    """Widths, half of them of at most 8 bits where that is allowed."""
    return st.integers(smallest, max(smallest, min(8, largest))) | st.integers(smallest, largest)


def fractions(max_width: int = 32) -> Strategy[int]:
    """Fraction bits of a format, mostly those of everyday formats."""
    return st.integers(0, 8) | st.integers(-6, max_width + 6)


def near(frac: int, max_width: int = 32) -> Strategy[int]:
    """Fraction bits that drop some of `frac`'s, add some, or have nothing to do with it."""
    return st.integers(frac - 12, frac + 4) | fractions(max_width)


def words(format: Format) -> Strategy[int]:
    """Words of a format: ends, neighbours of zero, powers of two and theirs, ties, any."""
    return (
        st.sampled_from(edge_words(format))
        | tie_words(format)
        | st.integers(format.min, format.max)
    )


def edge_words(format: Format) -> list[int]:
    """The words where implementations differ most often."""
    powers = [side << k for side in (1, -1) for k in range(format.width)]
    close = [power + near for power in powers for near in (-1, 0, 1)]
    ends = [format.min, format.min + 1, format.max - 1, format.max]
    return sorted({word for word in (0, *close, *ends) if format.contains(word)})


def tie_words(format: Format) -> Strategy[int]:
    """Words that end in a one and k zeros: ties of a shift by k + 1."""
    bits = format.width - format.signed
    if bits == 0:
        return st.sampled_from([format.min, format.max])
    return st.integers(0, bits - 1).flatmap(
        lambda k: st.integers(format.min >> (k + 1), format.max >> (k + 1)).map(
            lambda rest: (2 * rest + 1) << k
        )
    )


def tensors(shape: Shape, format: Format) -> Strategy[Tensor]:
    """Tensors of a shape and format."""
    size = math.prod(shape)
    drawn = st.lists(words(format), min_size=size, max_size=size)
    return drawn.map(lambda items: Tensor(shape, format, items))


def shapes(max_rank: int = 3, max_extent: int = 3, *, vectors: bool = False) -> Strategy[Shape]:
    """Small shapes, scalars and empty tensors among them; `vectors` asks for a last axis."""
    extent = st.sampled_from([*range(1, max_extent + 1)] * 5 + [0])
    lead = st.lists(extent, max_size=max_rank - vectors)
    last = st.lists(st.integers(1, 4), min_size=int(vectors), max_size=int(vectors))
    return st.builds(lambda head, tail: (*head, *tail), lead, last)


def roundings() -> Strategy[Rounding]:
    """Rounding modes."""
    return st.sampled_from(Rounding)


def overflows(format: Format, *, reject: bool = True) -> Strategy[Overflow]:
    """Overflow modes that a format has words for."""
    refused = {Overflow.SATURATE_SYMMETRIC} if format.signed and format.width == 1 else set()
    refused |= set() if reject else {Overflow.REJECT}
    return st.sampled_from([mode for mode in Overflow if mode not in refused])


def arithmetics() -> Strategy[Arithmetic]:
    """A quantiser's choices; `reject` is left out."""
    modes = st.sampled_from([Overflow.SATURATE, Overflow.WRAP, Overflow.SATURATE_TO_ZERO])
    return st.builds(Arithmetic, rounding=roundings(), overflow=modes)


@st.composite
def logit_formats(draw: st.DrawFn, max_width: int = 32) -> Format:
    """Formats of logits whose values differ by less than about 200, now and then by anything."""
    if draw(st.integers(0, 15)) == 0:
        return draw(formats(1, max_width))
    width = draw(widths(1, max_width))
    return Format(draw(st.booleans()), width, draw(st.integers(width - 7, width + 4)))
