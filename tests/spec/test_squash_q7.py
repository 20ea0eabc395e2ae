"""squash of the published Q7-CapsNets kernels."""

from __future__ import annotations

import itertools
from math import isqrt

import pytest

from fxcaps.ops import SquashQ7
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

FRACTIONS = [(0, 0), (0, 3), (1, 7), (2, 2), (3, 7), (6, 9), (30, 60)]


def published(vector: tuple[int, ...], in_qn: int, out_qn: int) -> list[int]:
    """The C source, its division toward zero and its clamp written out."""
    q = sum(x * x for x in vector)
    n = isqrt(q) << (out_qn - in_qn)
    d = (q >> in_qn) + (1 << in_qn)
    quotients = [x * n // d if x >= 0 else -(-x * n // d) for x in vector]
    return [max(-128, min(127, y)) for y in quotients]


def every_vector(format: Format, dim: int) -> Tensor:
    """All vectors of a format as one tensor."""
    vectors = list(itertools.product(range(format.min, format.max + 1), repeat=dim))
    return Tensor((len(vectors), dim), format, [word for vector in vectors for word in vector])


@pytest.mark.parametrize(("frac", "frac_out"), FRACTIONS)
def test_every_small_vector(frac: int, frac_out: int) -> None:
    """Given all vectors of a few words, when squashed, then as the twin and as the C source."""
    for format, dim in ((Format(True, 4, frac), 2), (Format(True, 3, frac), 3)):
        x = every_vector(format, dim)
        called = call(SquashQ7(), f"s8f{frac_out}", x=x)
        made = spec_outcome("squash", called)
        assert made == twin_outcome("squash", called)
        assert isinstance(made, Outcome)
        rows = (tuple(x.words[k : k + dim]) for k in range(0, len(x.words), dim))
        assert made.outputs["out"].words == [
            word for row in rows for word in published(row, frac, frac_out)
        ]


@pytest.mark.parametrize("rounding", Rounding)
def test_other_modes(rounding: Rounding) -> None:
    """Given all pairs of four-bit words, when rounded otherwise, then as the twin."""
    x = every_vector(Format(True, 4, 2), 2)
    for overflow in (Overflow.WRAP, Overflow.SATURATE_TO_ZERO, Overflow.REJECT):
        called = call(SquashQ7(rounding=rounding, overflow=overflow), "s4f5", x=x)
        assert spec_outcome("squash", called) == twin_outcome("squash", called)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("dim", [1, 2, 3, 4])
def test_rows_beyond_their_offsets(dim: int, bits: int) -> None:
    """Given twelve rows, when found by few bits, then wrapped ones are squashed in place again."""
    words = [(37 * k * k - 91 * k + 5) % 256 - 128 for k in range(12 * dim)]
    x = Tensor((12, dim), Format(True, 8, 3), words)
    called = call(SquashQ7(row_offset_bits=bits), "s8f7", x=x)
    made = spec_outcome("squash", called)
    assert made == twin_outcome("squash", called)
    memory = list(words)
    for row in range(12):
        start = row * dim & (1 << bits) - 1
        memory[start : start + dim] = published(tuple(memory[start : start + dim]), 3, 7)
    assert isinstance(made, Outcome)
    assert made.outputs["out"].words == memory


def test_offsets_that_reach_all_rows_change_nothing() -> None:
    """Given as many words as offsets, when squashed, then as without bits, any output width."""
    x = tensor("s8f3", [[5, -7], [3, 12]])
    plain = spec_outcome("squash", call(SquashQ7(), "s16f7", x=x))
    assert spec_outcome("squash", call(SquashQ7(row_offset_bits=2), "s16f7", x=x)) == plain


def test_a_missed_row_has_no_events() -> None:
    """Given two rows of one offset, when squashed, then the second stays and counts nothing."""
    x = tensor("s8f0", [[3], [100]])
    made = spec_outcome("squash", call(SquashQ7(row_offset_bits=1), "s8f2", x=x))
    assert made == Outcome(  # both offsets are in reach: 3 * 12 / 10 and 100 * 400 / 10001
        {"out": tensor("s8f2", [[3], [3]])}, {"out": {Event.INEXACT: Count(2, 0)}}
    )
    x = tensor("s8f0", [[3, 4], [100, 50]])
    made = spec_outcome("squash", call(SquashQ7(row_offset_bits=1), "s8f0", x=x))
    # 3, 4: 15 / 26, 20 / 26; then the zero vector, exactly
    assert made == Outcome({"out": tensor("s8f0", [[0, 0], [100, 50]])}, {})


def test_components_stay_below_one() -> None:
    """Given lone components, when squashed, then below one, and clamped where that does not fit."""
    for frac in range(8):
        x = tensor(f"s8f{frac}", [[word] for word in range(-128, 128)])
        made = spec_outcome("squash", call(SquashQ7(), f"s20f{frac + 8}", x=x))
        assert isinstance(made, Outcome)
        assert max(map(abs, made.outputs["out"].words)) < 1 << frac + 8
    made = spec_outcome("squash", call(SquashQ7(), "s8f8", x=tensor("s8f4", [[-128, 0]])))
    # 128 * (128 << 4) / ((16384 >> 4) + 16) = 252.06
    assert made == Outcome(
        {"out": tensor("s8f8", [[-128, 0]])},
        {"out": {Event.INEXACT: Count(1, 0), Event.SATURATED: Count(1, 0)}},
    )


@pytest.mark.parametrize(
    ("x", "out", "message"),
    [
        ("s8f-1", "s8f7", "squash q7: x s8f-1 needs a fraction from 0 to 30"),
        ("s8f31", "s8f31", "squash q7: x s8f31 needs a fraction from 0 to 30"),
        ("s8f5", "s8f4", "squash q7: out s8f4 needs a fraction from 5, that of x, to 35"),
        ("s8f5", "s8f36", "squash q7: out s8f36 needs a fraction from 5, that of x, to 35"),
    ],
)
def test_fractions_that_are_no_shifts(x: str, out: str, message: str) -> None:
    """Given fractions outside the kernel's shifts, when squashed, then rejected."""
    found = spec_outcome("squash", call(SquashQ7(), out, x=tensor(x, [[1, 2]])))
    assert found == Rejected(Reason.FORMAT_MISMATCH, message)


@pytest.mark.parametrize("out", ["s9f7", "u8f7"])
def test_rows_in_place_need_one_width(out: str) -> None:
    """Given rows that are overwritten, when the output is another integer, then rejected."""
    x = tensor("s8f5", [[1, 2], [3, 4], [5, 6]])
    found = spec_outcome("squash", call(SquashQ7(row_offset_bits=2), out, x=x))
    assert found == Rejected(
        Reason.FORMAT_MISMATCH,
        "squash q7: 6 words exceed row offsets of 2 bits; rows are then squashed in place, and x "
        f"s8f5 and out {out} need the same width and sign",
    )


def test_offsets_of_no_bits() -> None:
    """Given offsets of no bits, when parameters are made, then rejected."""
    assert rejection_of(lambda: SquashQ7(row_offset_bits=0)) == Rejected(
        Reason.PARAMETER_INVALID, "squash q7: row_offset_bits must be at least 1 or none, found 0"
    )
