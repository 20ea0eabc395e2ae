"""Hypothesis strategies of stochastic rounding."""

from __future__ import annotations

from hypothesis import strategies as st

from fxcaps.types import Advance, Direction, Form, Lfsr, Philox

Strategy = st.SearchStrategy
_WORDS = st.integers(0, 9) | st.integers(0, (1 << 32) - 1)


def generators(room: int = 200) -> Strategy[Philox | Lfsr]:
    """Generators that have random bits for at least `room` words."""
    return philox() | registers(room)


def philox() -> Strategy[Philox]:
    """Counter-based generators."""
    return st.builds(
        Philox,
        key=st.integers(0, (1 << 64) - 1),
        step=_WORDS,
        iteration=_WORDS,
        bits=st.integers(1, 32),
    )


@st.composite
def registers(draw: st.DrawFn, room: int = 200) -> Lfsr:
    """Shift registers, narrow and wide, of one to four lanes."""
    width = draw(st.integers(2, 64))
    full = (1 << width) - 1
    bits = draw(st.integers(1, min(width, 32)))
    seeds = draw(st.lists(st.integers(1, full), min_size=1, max_size=4))
    return Lfsr(
        form=draw(st.sampled_from(Form)),
        width=width,
        taps=draw(st.integers(1, full)),
        direction=draw(st.sampled_from(Direction)),
        seeds=tuple(seeds),
        bits=bits,
        lowest=draw(st.integers(0, width - bits)),
        steps=draw(st.integers(1, 9)),
        advance=draw(st.sampled_from(Advance)),
        beats=draw(st.none() | st.integers(-(-room // len(seeds)), room)),
        skip=draw(st.integers(0, 5)),
    )
