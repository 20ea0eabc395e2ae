"""Cases of sums, quotients, roots and other functions of single words."""

from __future__ import annotations

from collections.abc import Iterator

from fxcaps.ops import (
    Add,
    AddLanes,
    AddShift,
    DivideExact,
    DivideReciprocal,
    Isqrt,
    Parameters,
    RescaleDouble,
    RescaleSingle,
    RescaleTosaDouble,
    SigmoidExact,
    SigmoidLut,
    ZeroDivisor,
)
from fxcaps.types import Format
from fxcaps.vectors.cases import borders
from fxcaps.vectors.cases.desk import (
    Desk,
    Draft,
    Frame,
    Room,
    all_words,
    count,
    filled,
    frame,
    tensor,
)
from fxcaps.vectors.cases.words import small, unary
from fxcaps.vectors.stream import edge_words


def _sum(algorithm: str, shift: int = 2) -> Parameters:
    if algorithm == "shift":
        return AddShift(shift=shift)
    return AddLanes() if algorithm == "lanes" else Add()


def _sum_frames(algorithm: str) -> list[Frame]:
    formats = (("s8f4", "s8f4", "s8f4"), ("s8f5", "s8f2", "s8f3"), ("s16f12", "u8f4", "s16f8"))
    return [
        frame(f"{a}-{b}-{out}", _sum(algorithm), out, a=tensor(a, 12), b=tensor(b, 12))
        for a, b, out in (*formats, ("s40f20", "s36f30", "s40f22"))
    ]


def _sum_edges(desk: Desk) -> Iterator[Draft]:
    for shape in _sum_frames(desk.algorithm):
        a, b = shape.inputs["a"].format, shape.inputs["b"].format
        inputs = {port: tensor(str(given.format), 16) for port, given in shape.inputs.items()}
        wide = Frame(shape.name, shape.params, inputs, shape.formats)
        ends = {
            "a": filled([a.max, a.min, a.max, a.min, a.max - 1, -1 if a.signed else 0], 16),
            "b": filled([1, -1 if b.signed else 0, b.max, b.min, 1, b.min, 2, b.max, 0], 16),
        }
        yield desk.draft(
            f"ends-{shape.name}", wide, ends, "EARLY_SATURATE", "WRAP", "SIGN_EXTENSION"
        )
        small = {"a": list(range(-8, 8)), "b": filled([1, -1, 3, -3, 5, 0, -2], 16)}
        small = {
            port: [max(w, inputs[port].format.min) for w in given] for port, given in small.items()
        }
        yield desk.draft(
            f"alignment-{shape.name}", wide, small, "OPERATION_ORDER", "ROUND_TIE_DIRECTION"
        )


def _pairs(a: str, b: str) -> tuple[list[int], list[int]]:
    first, second = all_words(Format.parse(a)), all_words(Format.parse(b))
    return [x for x in first for _ in second], [y for _ in first for y in second]


def _sum_small(desk: Desk) -> Iterator[Draft]:
    for a, b, out in (("s4f2", "s4f1", "s4f1"), ("u4f2", "s4f3", "s5f2")):
        x, y = _pairs(a, b)
        size = len(x)
        params = _sum(desk.algorithm, 1)
        shape = frame(f"{a}-{b}", params, out, a=tensor(a, size), b=tensor(b, size))
        yield desk.draft(f"all-{a}-{b}", shape, {"a": x, "b": y})


def _shifts(desk: Desk) -> Iterator[Draft]:
    """Words as they are, shifted by nothing, a little, a word, and as far as a shift goes."""
    words = {
        "a": [127, -128, 127, -128, 1, -1, 3, -3, 64, -64, 63, -65, 126, -127, 0, 2],
        "b": [127, -128, 1, -1, 1, -1, 2, -2, 64, -64, 64, -64, -127, 126, 0, -4],
    }
    for shift in (0, 1, 7, 8, 9, 31):
        inputs = {"a": tensor("s8f5", 16), "b": tensor("s8f-2", 16)}
        shape = frame(f"shift-{shift}", AddShift(shift=shift), "s8f5", **inputs)
        flags = ("SHIFT_RANGE", "OPERATION_ORDER", "ROUND_TIE_DIRECTION")
        yield desk.draft(f"shift-{shift}", shape, words, *flags)
    inputs = {"a": tensor("s8f5", 16), "b": tensor("s8f5", 16)}
    shape = frame("fractions", AddShift(shift=1), "s8f4", **inputs)
    yield desk.draft("shift-of-the-fractions", shape, words, "SANITY")


_LANES: dict[str, tuple[AddLanes, tuple[int, ...]]] = {
    "rows": (AddLanes(), (2, 7)),
    "columns": (AddLanes(lane_axis=-2), (7, 2)),
    "short": (AddLanes(), (2, 2, 3)),
    "shifted": (AddLanes(shift=1), (2, 7)),
    "wide": (AddLanes(lanes=3, lane_width=9, shift=0), (2, 7)),
}
"""Groups along the last axis and along another, with a remainder and without a group."""


def _lanes(desk: Desk) -> Iterator[Draft]:
    """Sums that leave a lane, in groups and in what remains."""
    for name, (params, extents) in _LANES.items():
        if desk.algorithm != "lanes" and name not in ("rows", "short"):
            continue  # a profile has fixed its lanes
        size = count(extents)
        inputs = {"a": tensor("s8f4", *extents), "b": tensor("s8f4", *extents)}
        shape = frame(name, params if desk.algorithm else Add(), "s8f4", **inputs)
        ends = {"a": filled([127, -128, 100], size), "b": filled([127, -128, 28, 3, -128], size)}
        small = {"a": filled([120, 7, -128, 5], size), "b": filled([7, 8, 9, -1, 0], size)}
        for slug, words in (("ends", ends), ("small", small)):
            yield desk.draft(f"{name}-{slug}", shape, words, "WRAP", "AXIS_ORDER")


ADD = Room(
    _sum_frames,
    _sum_edges,
    _sum_small,
    feed="a",
    special={"by_shift": _shifts, "by_lanes": _lanes, "q7-gap8": _lanes},
)


def _divide_params(algorithm: str, zero: ZeroDivisor, word: int = 0) -> Parameters:
    if algorithm == "reciprocal":
        return DivideReciprocal(
            reciprocal=Format.parse("s16f12"), zero_divisor=zero, zero_word=word
        )
    return DivideExact(zero_divisor=zero, zero_word=word)


def _divide_frames(algorithm: str) -> list[Frame]:
    saturate = _divide_params(algorithm, ZeroDivisor.SATURATE)
    constant = _divide_params(algorithm, ZeroDivisor.CONSTANT, 3)
    return [
        frame("saturate", saturate, "s8f4", a=tensor("s8f4", 16), b=tensor("s8f4", 16)),
        frame("constant", constant, "s12f6", a=tensor("u8f3", 16), b=tensor("s8f5", 16)),
        frame("wide", saturate, "s32f16", a=tensor("s32f16", 16), b=tensor("s24f10", 16)),
    ]


def _divide_edges(desk: Desk) -> Iterator[Draft]:
    rejecting = _divide_params(desk.algorithm, ZeroDivisor.REJECT)
    frames = _divide_frames(desk.algorithm)
    for shape in frames:
        a, b = shape.inputs["a"].format, shape.inputs["b"].format
        ends = {
            "a": [a.min, a.max, 0, 1] * 4,
            "b": [w for w in (b.min, b.max, 1, -1) for _ in "0123"],
        }
        yield desk.draft(f"ends-{shape.name}", shape, ends, "SIGN_EXTENSION", "WRAP")
        zero = {"a": filled([a.max, a.min, 0, 1], 16), "b": [0] * 16}
        yield desk.draft(f"zero-divisor-{shape.name}", shape, zero, "DIVIDE_BY_ZERO")
        exact = {"a": [3 * k for k in range(16)], "b": [3] * 16}
        yield desk.draft(f"exact-{shape.name}", shape, exact, "TRUNCATE", "OPERATION_ORDER")
        lowest = {"a": filled([a.min, a.min + 1], 16), "b": [32, 32, -32, -32, 48, 48, 64, 64] * 2}
        yield desk.draft(f"lowest-{shape.name}", shape, lowest, "SYMMETRIC_CLIP")
        halves = {"a": [2 * k + 1 for k in range(16)], "b": filled([32, -32], 16)}
        yield desk.draft(f"ties-{shape.name}", shape, halves, "ROUND_TIE_DIRECTION")
    shape = frame("reject", rejecting, "s8f4", a=tensor("s8f4", 4), b=tensor("s8f4", 4))
    yield desk.draft("no-zero", shape, {"a": [1, -1, 5, 7], "b": [2, -2, 3, -3]})
    yield desk.draft("one-zero", shape, {"a": [1, -1, 5, 7], "b": [2, -2, 0, -3]}, "DIVIDE_BY_ZERO")


def _divide_small(desk: Desk) -> Iterator[Draft]:
    params = _divide_params(desk.algorithm, ZeroDivisor.SATURATE)
    x, y = _pairs("s4f1", "s4f2")
    shape = frame("all", params, "s6f2", a=tensor("s4f1", 256), b=tensor("s4f2", 256))
    yield desk.draft("all-s4f1-s4f2", shape, {"a": x, "b": y})


DIVIDE = Room(
    _divide_frames, _divide_edges, _divide_small, feed="a", special={borders.BUNDLE: borders.divide}
)

_ROOTS = (("u16f8", "u12f8"), ("u32f0", "u16f0"), ("u8f4", "u8f6"), ("u16f8", "u8f2"))


def _isqrt_frames(_: str) -> list[Frame]:
    return [unary(Isqrt(), x, out, 12) for x, out in (*_ROOTS, ("u62f0", "u31f0"))]


def _isqrt_edges(desk: Desk) -> Iterator[Draft]:
    for x, out in (*_ROOTS, ("u62f0", "u31f0"), ("s16f7", "s8f4")):
        format, shape = Format.parse(x), unary(Isqrt(), x, out, 16)
        name = f"{x}-{out}"
        yield desk.draft(f"first-{name}", shape, {"x": list(range(16))}, "ROOT_OFF_BY_ONE")
        largest = 1 << (format.max.bit_length() // 2)
        roots = (2, 3, largest >> 1, largest - 1, largest // 3)
        near = [r * r + step for r in roots for step in (-1, 0, 1)]
        near = [*(word for word in near if format.contains(word)), format.max]
        yield desk.draft(
            f"squares-{name}", shape, {"x": filled(near, 16)}, "ROOT_OFF_BY_ONE", "FLOAT_SHORTCUT"
        )
        powers = [1 << k for k in range(format.max.bit_length())][-16:]
        yield desk.draft(f"powers-{name}", shape, {"x": filled(powers, 16)}, "SHIFT_RANGE")


def _isqrt_small(desk: Desk) -> Iterator[Draft]:
    yield from small(desk, Isqrt(), (("u8f4", "u6f3"), ("u8f0", "u4f0"), ("u6f3", "u8f6")))


ISQRT = Room(_isqrt_frames, _isqrt_edges, _isqrt_small, special={borders.BUNDLE: borders.isqrt})


def _rescale(algorithm: str, *pairs: tuple[int, int]) -> Parameters:
    classes = {"double": RescaleDouble, "tosa_double": RescaleTosaDouble}
    cls = classes.get(algorithm, RescaleSingle)
    return cls(multiplier=tuple(m for m, _ in pairs), shift=tuple(s for _, s in pairs))


_MULTIPLIERS = {
    "half": ((1 << 30, 31),),
    "third": ((1431655765, 33),),
    "largest": ((2**31 - 1, 40),),
    "channels": ((1 << 30, 31), (1518500250, 32), (2**31 - 1, 35), (1 << 30, 38)),
}


def _rescale_frames(algorithm: str) -> list[Frame]:
    return [
        frame(name, _rescale(algorithm, *pairs), "s8f0", x=tensor("s32f0", 4, 4))
        for name, pairs in _MULTIPLIERS.items()
    ]


def _rescale_edges(desk: Desk) -> Iterator[Draft]:
    for shape in _rescale_frames(desk.algorithm):
        words = edge_words(shape.inputs["x"].format)
        yield desk.draft(
            f"ends-{shape.name}", shape, {"x": filled(words, 16)}, "SIGN_EXTENSION", "WRAP"
        )
        small = [-9, -7, -6, -5, -3, -2, -1, 0, 1, 2, 3, 5, 6, 7, 9, 10]
        yield desk.draft(
            f"ties-{shape.name}", shape, {"x": small}, "ROUND_TIE_DIRECTION", "DOUBLE_ROUND"
        )
    third = _rescale(desk.algorithm, *_MULTIPLIERS["third"])
    wide = frame("wide", third, "s32f0", x=tensor("s32f0", 16))
    large = [sign * (k * 123456789 + 3) for k in range(1, 9) for sign in (1, -1)]
    yield desk.draft("large", wide, {"x": large}, "ACCUMULATOR_WIDTH", "DOUBLE_ROUND")
    byte = frame(
        "byte", _rescale(desk.algorithm, *_MULTIPLIERS["half"]), "s8f0", x=tensor("s8f0", 16)
    )
    words = edge_words(byte.inputs["x"].format)
    yield desk.draft("ends-byte", byte, {"x": filled(words, 16)}, "SIGN_EXTENSION")
    if desk.algorithm == "tosa_double":
        return
    lowest = _rescale(desk.algorithm, (-(2**31), 31))
    shape = frame("lowest", lowest, "s32f0", x=tensor("s32f0", 4))
    words = [-(2**31), 2**31 - 1, -1, 1]
    yield desk.draft("lowest-by-lowest", shape, {"x": words}, "SIGN_EXTENSION", "SYMMETRIC_CLIP")
    left = _rescale(desk.algorithm, (1 << 30, 28))
    shape = frame("left", left, "s16f0", x=tensor("s16f0", 4))
    yield desk.draft("shift-below-31", shape, {"x": [-3, 5, 4096, -4097]}, "SHIFT_RANGE")


def _rescale_small(desk: Desk) -> Iterator[Draft]:
    words = all_words(Format.parse("s8f0"))
    for name, pairs in _MULTIPLIERS.items():
        params = _rescale(desk.algorithm, *pairs)
        shape = frame(name, params, "s6f0", x=tensor("s8f0", 64, 4))
        yield desk.draft(f"all-{name}", shape, {"x": words})


RESCALE = Room(
    _rescale_frames, _rescale_edges, _rescale_small, special={borders.BUNDLE: borders.rescale}
)


def _sigmoid_frames(algorithm: str) -> list[Frame]:
    pairs = (("s8f4", "u8f8"), ("s8f2", "u8f7"), ("s16f10", "u16f15"))
    return [unary(_sigmoid(algorithm), x, out, 12) for x, out in pairs]


def _sigmoid(algorithm: str) -> Parameters:
    table = SigmoidLut(table=(1, 2), index_frac=0, table_frac=1)  # fitted to the formats later
    return table if algorithm == "lut" else SigmoidExact()


def _sigmoid_edges(desk: Desk) -> Iterator[Draft]:
    narrow = [unary(_sigmoid(desk.algorithm), "s8f4", out, 12) for out in ("s3f3", "u2f0")]
    for shape in (*_sigmoid_frames(desk.algorithm), *narrow):
        format = shape.inputs["x"].format
        wide = Frame(shape.name, shape.params, {"x": tensor(str(format), 16)}, shape.formats)
        yield desk.draft(
            f"ends-{shape.name}", wide, {"x": filled(edge_words(format), 16)}, "TABLE_INDEX"
        )
        yield desk.draft(
            f"around-zero-{shape.name}", wide, {"x": list(range(-8, 8))}, "ROUND_TIE_DIRECTION"
        )
        steps = [
            sign * (1 << k) + step for k in range(2, 8) for sign in (1, -1) for step in (0, -1)
        ]
        steps = [word for word in steps if format.contains(word)]
        yield desk.draft(
            f"steps-{shape.name}", wide, {"x": filled(steps, 16)}, "TABLE_INDEX", "SIGN_EXTENSION"
        )


SIGMOID = Room(
    _sigmoid_frames,
    _sigmoid_edges,
    lambda desk: small(
        desk, _sigmoid(desk.algorithm), (("s6f3", "u6f6"), ("s8f5", "u8f8"), ("s4f0", "s6f4"))
    ),
    special={borders.BUNDLE: borders.sigmoid},
)
