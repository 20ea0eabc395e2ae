"""Cases of the sums of products: one set of vectors, laid out as each operation takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fxcaps.ops import (
    Agreement,
    Conv2d,
    Conv2dPulp,
    ConvVotes,
    Dense,
    Parameters,
    Votes,
    WeightedSum,
)
from fxcaps.types import (
    Accumulator,
    Format,
    Init,
    Rounding,
    Shape,
    Signature,
)
from fxcaps.vectors.cases import borders
from fxcaps.vectors.cases.desk import Desk, Draft, Frame, Room, all_words, filled, frame, tensor
from fxcaps.vectors.cases.registers import registers

_TERMS = 6
"""Products of a sum in most cases."""

_WIDTHS = (
    ("s8f4", "s8f5", "s8f4"),
    ("s16f10", "s16f12", "s16f10"),
    ("u8f8", "s8f5", "s8f4"),
    ("s16f10", "s16f12", "s16f6"),
)
"""Formats of the first factor, of the second, and of the output; the last needs all of 32 bits."""


@dataclass(frozen=True)
class Layout:
    """How an operation takes one vector `a` of K words and n rows of K words to n sums.

    Args:
        params: with its structure.
        first: port of `a`, with the shape for n and K.
        second: port of the rows, likewise.
        repeated: `a` stands once for each row.
        columns: words of the rows run by position first, then by row.
    """

    params: Parameters
    first: tuple[str, Callable[[int, int], Shape]]
    second: tuple[str, Callable[[int, int], Shape]]
    repeated: bool = False
    columns: bool = False

    def frame(self, name: str, formats: tuple[str, str, str], n: int, k: int) -> Frame:
        """The call."""
        a, w, out = (Format.parse(text) for text in formats)
        inputs = {
            self.first[0]: Signature(self.first[1](n, k), a),
            self.second[0]: Signature(self.second[1](n, k), w),
        }
        return Frame(name, self.params, inputs, {"out": out})

    def words(self, a: Sequence[int], rows: Sequence[Sequence[int]]) -> dict[str, list[int]]:
        """Its words."""
        n, k = len(rows), len(a)
        if self.columns:
            second = [rows[j][i] for i in range(k) for j in range(n)]
        else:
            second = [word for row in rows for word in row]
        if not self.repeated:
            first = list(a)
        elif self.columns:
            first = [a[i] for i in range(k) for _ in range(n)]
        else:
            first = list(a) * n
        return {self.first[0]: first, self.second[0]: second}


_LAYOUTS = {
    "agreement": Layout(
        Agreement(),
        ("v", lambda n, k: (n, k)),
        ("votes", lambda n, k: (1, n, k)),
        repeated=True,
    ),
    "conv2d": Layout(
        Conv2d(), ("x", lambda _, k: (1, k, 1)), ("weight", lambda n, k: (n, 1, k, 1))
    ),
    "conv_votes": Layout(
        ConvVotes(), ("u", lambda _, k: (1, k, 1, 1)), ("weight", lambda n, k: (1, n, 1, 1, k, 1))
    ),
    "dense": Layout(Dense(), ("x", lambda _, k: (k,)), ("weight", lambda n, k: (n, k))),
    "votes": Layout(Votes(), ("u", lambda _, k: (1, k)), ("weight", lambda n, k: (1, n, 1, k))),
    "weighted_sum": Layout(
        WeightedSum(),
        ("c", lambda n, k: (k, n)),
        ("votes", lambda n, k: (k, n, 1)),
        repeated=True,
        columns=True,
    ),
}


def _conv2d(algorithm: str, **structure: Any) -> Conv2d:
    return Conv2dPulp(**structure) if algorithm == "pulp" else Conv2d(**structure)


def _layout(operation: str, desk: Desk) -> Layout:
    layout = _LAYOUTS[operation]
    return replace(layout, params=_conv2d(desk.algorithm)) if operation == "conv2d" else layout


def _within(a: Format, w: Format, out: Format, drop: int) -> list[list[int]]:
    """Weights whose product with the lowest word stays in the output, or is not far beyond."""
    most = min((out.max << drop) // max(-a.min, 1), w.max)
    return [[weight, 0, 0, 0, 0, 0] for k in range(4) for weight in (most - k, k - most)]


def _cases(
    a: Format, w: Format, out: Format
) -> Iterator[tuple[str, list[int], list[list[int]], tuple[str, ...]]]:
    """Name, vector, rows and flags."""
    drop = a.frac + w.frac - out.frac
    top, low, high = a.max, w.min, w.max
    ends = [
        [high, high, high, low, low, low],
        [low, low, low, high, high, high],
        [high, low, high, low, high, low],
        [high] * 6,
        [low] * 6,
        [high, high, 0, 0, 0, 0],
        [high, high, high, 0, 0, low],
        [low, low, low, 0, 0, high],
    ]
    yield "partial-sums", [top] * 6, ends, ("ACCUMULATOR_WIDTH", "LATE_SATURATE", "WRAP")
    yield "lowest-words", [a.min] * 6, ends, ("SIGN_EXTENSION", "ACCUMULATOR_WIDTH")
    half = 1 << max(drop - 1, 0)
    if half <= high:
        odd = [q * half for q in (1, 3, -1, -3, 5, -5) if w.contains(q * half)]
        ties = [[word, 0, 0, 0, 0, 0] for word in odd]
        ties += [[word, step, 0, 0, 0, 0] for word in (odd[0], odd[-1]) for step in (1, -1)]
        first = [1, 1, 0, 0, 0, 0]
        yield "ties", first, filled(ties, 8), ("ROUND_TIE_DIRECTION", "TRUNCATE")
    quarter = max(half >> 1, 1)
    parts = [
        [sign * min(quarter, high)] * k + [0] * (6 - k) for k in range(1, 5) for sign in (1, -1)
    ]
    yield "rounded-parts", [1] * 6, parts, ("OPERATION_ORDER", "DOUBLE_ROUND")
    ordered = [[filled([1, 2, 4, -8, 16, -32], 6 + j)[j + k] for k in range(6)] for j in range(8)]
    ordered = [[max(min(word, high), low) for word in row] for row in ordered]
    yield "order", [1, 2, 3, 5, 7, 11], ordered, ("AXIS_ORDER",)
    yield "lowest-alone", [a.min, 0, 0, 0, 0, 0], _within(a, w, out, drop), ("SYMMETRIC_CLIP",)
    if a.signed and a.width == 8:
        pairs = [
            (22, -90),
            (21, -91),
            (23, -75),
            (-22, 90),
            (20, -60),
            (19, -57),
            (18, 33),
            (17, 5),
        ]
        rows = [[q, r, 0, 0, 0, 0] for q, r in pairs]
        yield "lowest-and-one", [a.min, 1, 0, 0, 0, 0], rows, ("SYMMETRIC_CLIP", "SIGN_EXTENSION")
    if a.signed and a.width == 16 and a.frac == out.frac:
        rows = [[word, 0, 0, 0, 0, 0] for word in (low, high, low + 1, -high)]
        yield "lowest-by-lowest", [a.min, 0, 0, 0, 0, 0], filled(rows, 8), ("ACCUMULATOR_WIDTH",)
    yield "zeros", [0] * 6, filled([[0] * 6, [high] * 6], 8), ("STATE_CARRY_OVER",)


def _dot_edges(operation: str, desk: Desk) -> Iterator[Draft]:
    layout = _layout(operation, desk)
    for formats in _WIDTHS:
        a, w, out = (Format.parse(text) for text in formats)
        for name, vector, rows, flags in _cases(a, w, out):
            shape = layout.frame("-".join(formats), formats, 8, _TERMS)
            slug = f"{name}-{'-'.join(formats)}"
            yield desk.draft(slug, shape, layout.words(vector, rows), *flags)


def _dot_frames(operation: str) -> list[Frame]:
    layout = _LAYOUTS[operation]
    return [layout.frame("-".join(f), f, 3, 5) for f in _WIDTHS]


def _dot_small(operation: str, desk: Desk) -> Iterator[Draft]:
    """Every pair of words as the second factors, with every first vector of a few."""
    layout, formats = _layout(operation, desk), ("s3f1", "s3f2", "s4f2")
    words = all_words(Format.parse("s3f2"))
    rows = [(x, y) for x in words for y in words]
    for number, vector in enumerate(([1, 1], [3, -4], [-4, -4], [2, -1], [3, 3])):
        shape = layout.frame("all", formats, len(rows), 2)
        yield desk.draft(f"all-pairs-{number}", shape, layout.words(vector, rows))


def _counting(size: int, start: int = -7) -> list[int]:
    """Words that are all different as long as a byte has room."""
    return [(start + 5 * k) % 127 - 63 for k in range(size)]


def _conv2d_edges(desk: Desk) -> Iterator[Draft]:
    yield from _dot_edges("conv2d", desk)
    shapes = {
        "stride": (_conv2d(desk.algorithm, stride=(2, 3)), (5, 7, 2), (2, 2, 3, 2)),
        "padding": (_conv2d(desk.algorithm, padding=(1, 0, 2, 0)), (3, 3, 2), (2, 3, 2, 2)),
        "all-padding": (_conv2d(desk.algorithm, padding=(2, 2, 2, 2)), (1, 1, 1), (1, 2, 2, 1)),
        "relu": (_conv2d(desk.algorithm, relu=True), (3, 4, 2), (3, 2, 2, 2)),
        "flip": (_conv2d(desk.algorithm), (3, 3, 1), (2, 3, 3, 1)),
    }
    for name, (params, x, weight) in shapes.items():
        for biased in (False, True):
            inputs = {"x": tensor("s8f4", *x), "weight": tensor("s8f5", *weight)}
            inputs |= {"bias": tensor("s12f7", weight[0])} if biased else {}
            shape = frame(name, params, "s8f4", **inputs)
            words = {
                "x": _counting(_size(x)),
                "weight": _counting(_size(weight), 3),
                "bias": filled([2047, -2048, 5], weight[0]),
            }
            given = {port: words[port] for port in inputs}
            flags = ("AXIS_ORDER", "PADDING", "OPERATION_ORDER")
            yield desk.draft(f"{name}{'-bias' if biased else ''}", shape, given, *flags)


def _pulp(desk: Desk) -> Iterator[Draft]:
    """Pixels that are made alone, and a ReLU whose argument wraps."""
    free = desk.algorithm != "pulp"  # a profile has its own registers and cores
    register = Accumulator(init=Init.BIAS_AND_HALF)
    for cores in (1,) if free else (1, 2, 4):
        own = Conv2dPulp(cores=cores, rounding=Rounding.FLOOR, accumulator=register)
        for rows, columns in ((3, 3), (5, 1), (2, 3)):
            inputs = {"x": tensor("s8f4", rows, columns, 1), "weight": tensor("s8f5", 2, 1, 1, 1)}
            name = f"pixels-{rows}-{columns}-{cores}"
            params = Conv2d() if free else own
            words = {"x": [8 * k + 7 for k in range(rows * columns)], "weight": [3, 2]}
            shape = frame(name, params, "s8f4", **inputs)
            yield desk.draft(name, shape, words, "AXIS_ORDER", "OPERATION_ORDER", free=free)
    own = Conv2dPulp(relu=True, rounding=Rounding.FLOOR, accumulator=register)
    inputs = {
        "x": tensor("s16f1", 6, 1, 1),
        "weight": tensor("s8f0", 1, 1, 1, 1),
        "bias": tensor("s8f0", 1),
    }
    words = {"x": [500, -32768, 200, -20000, 32767, 16384], "weight": [4], "bias": [1]}
    shape = frame("argument", Conv2d(relu=True) if free else own, "s8f0", **inputs)
    yield desk.draft("argument", shape, words, "WRAP", "OPERATION_ORDER", free=free)


def _size(shape: Sequence[int]) -> int:
    total = 1
    for extent in shape:
        total *= extent
    return total


def _dense_edges(desk: Desk) -> Iterator[Draft]:
    yield from _dot_edges("dense", desk)
    for relu in (False, True):
        inputs = {
            "x": tensor("s8f4", 2, 3),
            "weight": tensor("s8f5", 4, 3),
            "bias": tensor("s8f2", 4),
        }
        shape = frame(f"relu-{relu}".lower(), Dense(relu=relu), "s8f4", **inputs)
        words = {
            "x": [127, -128, 3, 0, 0, 0],
            "weight": _counting(12),
            "bias": [127, -128, 1, 0],
        }
        flags = ("OPERATION_ORDER", "AXIS_ORDER")
        yield desk.draft(f"bias-{'relu' if relu else 'plain'}", shape, words, *flags)


def _votes_edges(desk: Desk) -> Iterator[Draft]:
    yield from _dot_edges("votes", desk)
    shape = frame(
        "square", Votes(), "s8f4", u=tensor("s8f4", 2, 3), weight=tensor("s8f5", 2, 2, 3, 3)
    )
    words = {"u": [1, 10, 100, -3, 30, -100], "weight": _counting(36)}
    yield desk.draft("transposed", shape, words, "AXIS_ORDER")
    for kept in (1, 2):
        inputs = {"u": tensor("s8f4", 4, 3), "weight": tensor("s8f5", kept, 2, 2, 3)}
        shape = frame(f"shared-{kept}", Votes(), "s8f4", **inputs)
        given = {"u": _counting(12, 40), "weight": _counting(12 * kept)}
        yield desk.draft(f"shared-{kept}", shape, given, "AXIS_ORDER")


def _conv_votes_edges(desk: Desk) -> Iterator[Draft]:
    yield from _dot_edges("conv_votes", desk)
    for name, kernels in (("own", 2), ("shared", 1)):
        params = ConvVotes(stride=(1, 2), padding=(1, 0, 0, 1))
        weight = (kernels, 2, 2, 2, 2, 3)
        inputs = {
            "u": tensor("s8f4", 3, 3, 2, 3),
            "weight": tensor("s8f5", *weight),
            "bias": tensor("s8f3", kernels, 2, 2),
        }
        shape = frame(f"kernels-{name}", params, "s8f4", **inputs)
        words = {
            "u": _counting(54),
            "weight": _counting(_size(weight), 11),
            "bias": _counting(4 * kernels, 1),
        }
        yield desk.draft(f"kernels-{name}", shape, words, "AXIS_ORDER", "PADDING")


def _weighted_sum_edges(desk: Desk) -> Iterator[Draft]:
    yield from _dot_edges("weighted_sum", desk)
    for name, couplings, biases in (("own", 4, 4), ("shared", 2, 2)):
        inputs = {
            "c": tensor("u8f8", 3, couplings),
            "votes": tensor("s8f4", 3, 4, 2),
            "bias": tensor("s8f4", biases, 2),
        }
        shape = frame(f"couplings-{name}", WeightedSum(), "s8f4", **inputs)
        words = {
            "c": [(37 * k + 5) % 256 for k in range(3 * couplings)],
            "votes": _counting(24),
            "bias": filled([127, -128, 3, 0], biases * 2),
        }
        yield desk.draft(f"couplings-{name}", shape, words, "AXIS_ORDER", "OPERATION_ORDER")


def _agreement_edges(desk: Desk) -> Iterator[Draft]:
    yield from _dot_edges("agreement", desk)
    inputs = {"votes": tensor("s8f4", 2, 3, 2), "v": tensor("s8f7", 3, 2)}
    shape = frame("grid", Agreement(), "s8f4", **inputs)
    words = {"votes": _counting(12), "v": [127, -128, 64, 1, -1, 90]}
    yield desk.draft("axes", shape, words, "AXIS_ORDER")


AGREEMENT = Room(
    lambda _: _dot_frames("agreement"),
    _agreement_edges,
    lambda desk: _dot_small("agreement", desk),
    feed="votes",
)


def _conv2d_frames(algorithm: str) -> list[Frame]:
    params = _conv2d(algorithm)
    return [replace(frame, params=params) for frame in _dot_frames("conv2d")]


CONV2D = Room(
    _conv2d_frames,
    _conv2d_edges,
    lambda desk: _dot_small("conv2d", desk),
    special={"by_pulp": _pulp, "q7-gap8": _pulp, borders.BUNDLE: borders.conv2d},
)
CONV_VOTES = Room(
    lambda _: _dot_frames("conv_votes"),
    _conv_votes_edges,
    lambda desk: _dot_small("conv_votes", desk),
    feed="u",
    special={borders.BUNDLE: borders.conv_votes},
)
DENSE = Room(
    lambda _: _dot_frames("dense"),
    _dense_edges,
    lambda desk: _dot_small("dense", desk),
    special={"by_registers": registers},
)
VOTES = Room(
    lambda _: _dot_frames("votes"), _votes_edges, lambda desk: _dot_small("votes", desk), feed="u"
)
WEIGHTED_SUM = Room(
    lambda _: _dot_frames("weighted_sum"),
    _weighted_sum_edges,
    lambda desk: _dot_small("weighted_sum", desk),
    feed="votes",
)
