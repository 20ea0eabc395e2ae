"""Cases against mechanical mutants: what tells a border, an end or a branch from its neighbour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fxcaps.ops import (
    Conv2d,
    Conv2dPulp,
    ConvVotes,
    DivideExact,
    EpsilonAt,
    Isqrt,
    Length,
    OutOfRange,
    Parameters,
    Requantize,
    RescaleTosaDouble,
    SigmoidLut,
    SoftmaxB2,
    SoftmaxExact,
    SoftmaxLut,
    SquashExact,
    SquashIsqrtDivide,
    SquashLut,
    SquashNorm,
    SquashPow2,
    SquashQ7,
    SquashShiftReconstruction,
    TableSource,
    ZeroDivisor,
)
from fxcaps.types import (
    Accumulator,
    Advance,
    Check,
    Direction,
    Form,
    Format,
    Lfsr,
    Overflow,
    Pairwise,
    QcapsnetsLogarithmic,
    QcapsnetsStochastic,
    RoundAt,
    Rounding,
    Tile,
    Tree,
)
from fxcaps.vectors.cases.desk import Desk, Draft, filled, frame, tensor

BUNDLE = "by_borders"
"""The folder of these cases."""


def _one(
    desk: Desk, slug: str, params: Parameters, x: str, out: str, rows: Sequence[Sequence[int]]
) -> Draft:
    """A call with one input whose vectors are `rows`."""
    shape = frame(slug, params, out, x=tensor(x, len(rows), len(rows[0])))
    words = [word for row in rows for word in row]
    return desk.draft(slug, shape, {"x": words}, *_FLAGS, free=False)


_FLAGS = ("TABLE_INDEX", "SHIFT_RANGE", "OPERATION_ORDER")

_VECTORS = ((0, 0, 0), (1, 0, -1), (5, -9, 3), (31, -32, 30), (127, -128, 100), (-128, -128, -128))

_INNER: Mapping[str, Accumulator] = {
    "products": Accumulator(
        round_at=RoundAt.PRODUCT, product=Format.parse("u9f6"), rounding=Rounding.TIES_TO_EVEN
    ),
    "sums": Accumulator(format=Format.parse("u10f7"), check=Check.PER_STEP, round_at=RoundAt.SUM),
    "tiles": Accumulator(tile=Tile(count=2, spill=Format.parse("u12f8"))),
    "pairs": Accumulator(
        format=Format.parse("u13f10"),
        check=Check.PER_STEP,
        order=Pairwise(size=2, node=Format.parse("u12f10")),
    ),
    "tree": Accumulator(
        format=Format.parse("u14f10"), check=Check.PER_STEP, order=Tree(node=Format.parse("u12f10"))
    ),
}
"""Registers of sums of squares of words of 5 fraction bits."""


def length(desk: Desk) -> Iterator[Draft]:
    """Registers that lose bits of squares."""
    for name, register in _INNER.items():
        yield _one(desk, f"register-{name}", Length(accumulator=register), "s8f5", "u8f5", _VECTORS)


def isqrt(desk: Desk) -> Iterator[Draft]:
    """A shift to the right by one bit."""
    rows = [list(range(16)), [255, 254, 128, 127, 64, 63, 100, 99] * 2]
    yield _one(desk, "one-bit-less", Isqrt(), "u8f5", "u6f1", rows)


def requantize(desk: Desk) -> Iterator[Draft]:
    """Registers of few bits in both forms and directions, and powers of two next to a border."""
    for form in Form:
        for direction in Direction:
            for advance in Advance:
                generator = Lfsr(
                    form=form,
                    width=5,
                    taps=0b10010 if direction is Direction.LEFT else 0b01001,
                    direction=direction,
                    seeds=(1, 0b10110),
                    bits=5,
                    advance=advance,
                    steps=2,
                )
                slug = f"{form.value}-{direction.value}-{advance.value}"
                rows = [[16 * k + 7 for k in range(16)], [-16 * k - 5 for k in range(16)]]
                params = Requantize(rounding=generator)
                yield _one(desk, slug, params, "s16f8", "s8f3", rows)
    root = 1518500249  # the floor of 2**30.5
    near = [sign * (root + step) for sign in (1, -1) for step in (-40, -30, -20, -16, -10, 0, 1, 2)]
    rule = QcapsnetsLogarithmic()
    yield _one(desk, "half-a-power", Requantize(rounding=rule), "s32f31", "s12f6", [near])
    for bits in (2, 12):
        drawn = QcapsnetsStochastic(key=5, bits=bits)
        rows = [[k * 37 - 300 for k in range(16)]]
        yield _one(desk, f"drawn-{bits}", Requantize(rounding=drawn), "s16f12", "s10f6", rows)


def rescale(desk: Desk) -> Iterator[Draft]:
    """Beyond 31 bits, where the second half decides."""
    for multiplier in ((1 << 30) + 5, (1 << 30) - 5, (3 << 29) - 7):
        params = RescaleTosaDouble(multiplier=(multiplier,), shift=(32,))
        rows = [[0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 127]]
        yield _one(desk, f"half-{multiplier}", params, "s8f0", "s8f0", rows)


def sigmoid(desk: Desk) -> Iterator[Draft]:
    """A table whose first word is no half, and its last entry."""
    params = SigmoidLut(table=(9, 12, 13, 15), index_frac=1, table_frac=4)
    yield _one(desk, "uneven-table", params, "s6f2", "s8f7", [list(range(-8, 9))])


def divide(desk: Desk) -> Iterator[Draft]:
    """Dividends around zero over zero."""
    for overflow in (Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC, Overflow.WRAP):
        params = DivideExact(zero_divisor=ZeroDivisor.SATURATE, overflow=overflow)
        inputs = {"a": tensor("s8f4", 6), "b": tensor("s8f4", 6)}
        slug = f"zero-{overflow.value.replace('_', '-')}"
        words = {"a": [-128, -2, -1, 0, 1, 127], "b": [0] * 6}
        shape = frame(slug, params, "s6f3", **inputs)
        yield desk.draft(slug, shape, words, "DIVIDE_BY_ZERO", "SYMMETRIC_CLIP", free=False)


def conv2d(desk: Desk) -> Iterator[Draft]:
    """ReLU that wraps into its argument, or into the word, or into both."""
    params = Conv2dPulp(relu=True, relu_width=6, rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    inputs = {"x": tensor("s8f1", 4, 4, 1), "weight": tensor("s4f0", 1, 1, 1, 1)}
    shape = frame("twice-wrapped", params, "s4f0", **inputs)
    words = {
        "x": [1, 3, 5, 14, 15, 16, 17, 18, 29, 40, 44, 60, 64, -1, -60, 127],
        "weight": [3],
    }
    yield desk.draft("twice-wrapped", shape, words, "WRAP", "OPERATION_ORDER", free=False)
    spilled = Accumulator(tile=Tile(count=2, spill=Format.parse("s12f5")))
    tiled = Conv2d(padding=(0, 1, 0, 0), accumulator=spilled)
    inputs = {"x": tensor("s8f4", 2, 2, 1), "weight": tensor("s8f5", 1, 2, 2, 1)}
    shape = frame("padding-in-tiles", tiled, "s12f7", **inputs)
    words = {"x": [45, -77, 101, 3], "weight": [37, -25, 91, 63]}
    yield desk.draft("padding-in-tiles", shape, words, "PADDING", "OPERATION_ORDER", free=False)


def conv_votes(desk: Desk) -> Iterator[Draft]:
    """Windows with more rows than columns, and the other way."""
    for rows, columns in ((3, 1), (1, 3)):
        inputs = {
            "u": tensor("s8f4", 3, 3, 2, 2),
            "weight": tensor("s8f5", 1, 1, 2, rows, columns, 2),
        }
        slug = f"window-{rows}-{columns}"
        shape = frame(slug, ConvVotes(padding=(1, 0, 0, 1)), "s12f4", **inputs)
        words = {
            "u": [(29 * k + 11) % 255 - 127 for k in range(36)],
            "weight": filled([7, -3, 64, 1, -128, 90, 2], 4 * rows * columns),
        }
        yield desk.draft(slug, shape, words, "AXIS_ORDER", "PADDING", free=False)


def softmax(desk: Desk) -> Iterator[Draft]:
    """Sums that wrap to 0, below it, or are one; a shift of one bit; a floor at few bits."""
    table: dict[str, Any] = {"table": (4, 2, 1, 0), "index_frac": 0, "exp": Format.parse("u3f2")}
    registers = {
        "to-zero": Accumulator(format=Format.parse("u3f2"), check=Check.FINAL, overflow=_WRAP),
        "below-zero": Accumulator(format=Format.parse("s4f2"), check=Check.FINAL, overflow=_WRAP),
        "fits": Accumulator(format=Format.parse("u5f2"), check=Check.FINAL, overflow=_WRAP),
    }
    for name, register in registers.items():
        params = SoftmaxLut(**table, accumulator=register)
        yield _one(desk, f"sum-{name}", params, "s4f0", "u8f8", [[0, 0, -5], [3, 3, -8]])
    least = SoftmaxLut(table=(1, 0), index_frac=0)
    yield _one(desk, "sum-of-one", least, "s4f0", "u8f7", [[7, 0, -8], [2, 2, 2]])
    powers = SoftmaxB2(log_frac=3, exp=Format.parse("u9f8"))
    yield _one(desk, "one-bit-less", powers, "s8f4", "u8f8", [[0, 1, 3], [-7, 9, 2]])
    for bits in (1, 2):
        drawn = SoftmaxExact(rounding=QcapsnetsStochastic(key=bits, bits=bits))
        rows = [[k, 0, -k // 2] for k in range(-16, 16)]
        yield _one(desk, f"drawn-{bits}", drawn, "s6f3", "u3f2", rows)


_WRAP = Overflow.WRAP


def squash(desk: Desk) -> Iterator[Draft]:
    """Every source, range rule and slope of a table; ends of tables; coarse outputs; registers."""
    for name, register in _INNER.items():
        params: Any = SquashIsqrtDivide(guard=4, accumulator=register)
        yield _one(desk, f"register-{name}", params, "s8f5", "s8f7", _VECTORS)
    yield from _squash_tables(desk)
    yield from _squash_reconstructions(desk)
    for out in ("s8f0", "s8f-1"):
        yield _one(desk, f"exact-{out}", SquashExact(), "s8f5", out, _VECTORS)
        for place in EpsilonAt:
            params = SquashExact(epsilon=(1, 3), epsilon_at=place)
            yield _one(desk, f"epsilon-{place.value}-{out}", params, "s8f5", out, _VECTORS)
    fine = SquashExact(epsilon=(1, 1000), epsilon_at=EpsilonAt.NORM)
    rows = [(1, 1, 0), (2, 1, 0), (1, 1, 1), (3, -1, 2)]
    yield _one(desk, "epsilon-norm-fine", fine, "s8f0", "s32f24", rows)
    for bits in (1, 3):
        drawn = SquashExact(rounding=QcapsnetsStochastic(key=bits, bits=bits))
        rows = [(k, 3, -k) for k in range(-16, 16)]
        yield _one(desk, f"drawn-{bits}", drawn, "s8f3", "s4f3", rows)
    pairs = [(k, 5 - k) for k in range(8)]
    yield _one(desk, "offsets-of-one-bit", SquashQ7(row_offset_bits=1), "s8f2", "s8f7", pairs)


def _squash_tables(desk: Desk) -> Iterator[Draft]:
    factors: dict[str, Any] = {
        "table": (40, 100, 127, 90, 60),
        "table_format": Format.parse("s8f8"),
    }
    slopes: dict[str, Any] = {"slopes": (60, 27, -37, -30, 9), "slope_shift": 2}
    sources = {"squares": (8, 0, 900), "norm": (4, 3, 30), "normalised": (4, 3, 64)}
    for source, (shift, guard, offset) in sources.items():
        for rule in OutOfRange:
            for name, extra in (("", {}), ("-slopes", slopes)):
                params = SquashLut(
                    source=TableSource(source),
                    guard=guard,
                    offset=offset,
                    shift=shift,
                    out_of_range=rule,
                    **factors,
                    **extra,
                )
                if rule is OutOfRange.REJECT and extra:
                    continue
                slug = f"{source}-{rule.value}{name}"
                yield _one(desk, slug, params, "s8f5", "s8f7", _SPREAD)
    small = replace(params, source=TableSource.NORM, guard=0, offset=0, shift=5)
    for rule in OutOfRange:
        inside = replace(small, out_of_range=rule, slopes=())
        rows = [(0, 0), (31, 0), (32, 0), (0, -127), (90, -100)]
        yield _one(desk, f"inside-{rule.value}", inside, "s8f5", "s8f7", rows)
    narrow = Accumulator(format=Format.parse("s8f6"), check=Check.PER_STEP, overflow=_WRAP)
    nothing = replace(
        params,
        source=TableSource.NORMALISED,
        offset=0,
        shift=1,
        out_of_range=OutOfRange.ZERO,
        accumulator=narrow,
    )
    rows = [(8, 8), (8, 9), (0, 0), (1, 0), (11, 2)]
    yield _one(desk, "normalised-of-nothing", nothing, "s8f3", "s8f7", rows)
    left = replace(small, shift=-1, out_of_range=OutOfRange.CLAMP, slopes=())
    rows = [(0, 0), (1, 0), (2, 0), (-2, 1), (3, 3)]
    yield _one(desk, "shift-to-the-left", left, "s8f5", "s8f7", rows)


_SPREAD = (
    *((0, 0), (1, -1), (5, 4), (6, 6), (8, 9), (-12, 9), (16, 3), (20, 21), (-30, 15)),
    *((33, -40), (60, 64), (-90, 100), (-128, 127)),
)


def _squash_reconstructions(desk: Desk) -> Iterator[Draft]:
    narrow = Accumulator(format=Format.parse("s8f6"), check=Check.PER_STEP, overflow=_WRAP)
    rows = [(8, 8), (8, 9), (16, 0), (0, 0), (11, 2)]
    params: Parameters = SquashShiftReconstruction(accumulator=narrow)
    yield _one(desk, "shift-of-nothing", params, "s8f3", "s8f7", rows)
    ends: dict[str, Any] = {"table": (0, 64, 120, 30), "table_format": Format.parse("u8f8")}
    rows = [(0, 0), (8, 0), (17, 0), (15, 9), (31, 1), (32, 0), (60, 60)]
    norm = SquashNorm(multiplier=3, multiplier_shift=3, shift=3, **ends)
    yield _one(desk, "norm-ends", norm, "s8f4", "s8f7", rows)
    power = SquashPow2(threshold=8, shift=3, **ends)
    yield _one(desk, "pow2-ends", power, "s8f4", "s8f7", rows)
    coarse = SquashPow2(threshold=200, table=(9,), table_format=Format.parse("u4f4"))
    yield _one(desk, "pow2-saturates", coarse, "s8f3", "s8f7", rows)
    fine = SquashPow2(threshold=20, table=(9,), table_format=Format.parse("u8f5"))
    yield _one(desk, "pow2-fine", fine, "s8f4", "s8f7", rows)
