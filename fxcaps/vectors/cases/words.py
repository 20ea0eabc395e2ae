"""Cases of the operations that make a word of each word alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fxcaps.ops import (
    Add,
    Affine,
    DivideExact,
    DivideReciprocal,
    Isqrt,
    Parameters,
    Quantize,
    Relu,
    Requantize,
    RescaleDouble,
    RescaleSingle,
    RescaleTosaDouble,
    SigmoidExact,
    SigmoidLut,
    ZeroDivisor,
)
from fxcaps.types import Format, Lfsr, Overflow, Philox, Rounding
from fxcaps.types.stochastic import Form
from fxcaps.vectors.cases.desk import (
    Desk,
    Draft,
    Frame,
    Room,
    all_words,
    filled,
    frame,
    tensor,
    tie_words,
)
from fxcaps.vectors.stream import edge_words

_MOVES = (
    ("s16f8", "s8f4"),
    ("s16f8", "u8f4"),
    ("s8f4", "s8f4"),
    ("s8f4", "s8f3"),
    ("s8f7", "s8f0"),
    ("s8f8", "s8f0"),
    ("s8f13", "s8f0"),
    ("s8f2", "s8f5"),
    ("u8f4", "s8f2"),
    ("s32f20", "s8f6"),
    ("s40f30", "s34f22"),
)
"""Formats in and out: shifts by less than the width, 0, 1, width - 1, the width, more, left."""


def _unary(params: Parameters, x: str, out: str, size: int) -> Frame:
    return frame(f"{x}-{out}", params, out, x=tensor(x, size))


def _narrowing(desk: Desk, params: Parameters, moves: Sequence[tuple[str, str]]) -> Iterator[Draft]:
    """Ties, their neighbours, carries, and both ends, for every pair of formats."""
    for x, out in moves:
        source, target = Format.parse(x), Format.parse(out)
        drop = source.frac - target.frac
        shape = _unary(params, x, out, 16)
        name = f"{x}-{out}"
        words = tie_words(source, drop)
        if words:
            yield desk.draft(
                f"ties-{name}", shape, {"x": filled(words, 16)}, "ROUND_TIE_DIRECTION", "TRUNCATE"
            )
            beside = [word + step for word in words[:8] for step in (-1, 1)]
            beside = [word for word in beside if source.contains(word)]
            yield desk.draft(
                f"near-ties-{name}", shape, {"x": filled(beside, 16)}, "TRUNCATE", "DOUBLE_ROUND"
            )
        ends = edge_words(source)
        yield desk.draft(
            f"ends-{name}", shape, {"x": filled(ends, 16)}, *_ends_flags(source, target)
        )
        around = _around(source, target, drop)
        if around:
            yield desk.draft(
                f"range-{name}", shape, {"x": filled(around, 16)}, "EARLY_SATURATE", "WRAP"
            )


def _ends_flags(source: Format, target: Format) -> tuple[str, ...]:
    signs = ("SIGN_EXTENSION", "SYMMETRIC_CLIP") if source.signed else ("SIGN_EXTENSION",)
    far = not 0 < source.frac - target.frac < source.width
    return (*signs, "SHIFT_RANGE") if far else signs


def _around(source: Format, target: Format, drop: int) -> list[int]:
    """Words whose values lie at the ends of the output, by quarters of a step where there are."""
    if drop < 0:
        found = [(end >> -drop) + step for end in (target.min, target.max) for step in (-1, 0, 1)]
    else:
        quarter = max(1 << drop >> 2, 1)
        found = [
            (end << drop) + k * quarter for end in (target.min, target.max) for k in range(-5, 6)
        ]
    return [word for word in dict.fromkeys(found) if source.contains(word)]


def _small(desk: Desk, params: Parameters, moves: Sequence[tuple[str, str]]) -> Iterator[Draft]:
    for x, out in moves:
        words = all_words(Format.parse(x))
        shape = _unary(params, x, out, len(words))
        yield desk.draft(f"all-{x}-{out}", shape, {"x": words})


_SMALL_MOVES = (("s6f4", "s4f2"), ("u6f3", "s4f1"), ("s5f1", "s6f3"), ("s4f6", "s3f0"))


def _requantize_modes(desk: Desk) -> Iterator[Draft]:
    """Every rounding mode and every overflow mode on the words that tell them apart."""
    words = [*tie_words(Format.parse("s8f4"), 2)[:10], -3, 1, 5, -7, 127, -128]
    for rounding in Rounding:
        params = Requantize(rounding=rounding, overflow=Overflow.SATURATE)
        shape = frame(rounding.value, params, "s6f2", x=tensor("s8f4", 16))
        slug = f"rounding-{rounding.value.replace('_', '-')}"
        yield desk.draft(slug, shape, {"x": words}, "ROUND_TIE_DIRECTION", free=False)
    words = [31, 32, -32, -33, 127, -128, 30, -31, 62, 63, -62, -64, 0, 1, -1, 64]
    for overflow in Overflow:
        for out in ("s6f4", "u6f4"):
            params = Requantize(rounding=Rounding.FLOOR, overflow=overflow)
            given = [word for word in words if overflow is not Overflow.REJECT or word < 32]
            given = (
                [max(word, -32 if out[0] == "s" else 0) for word in given]
                if (overflow is Overflow.REJECT)
                else given
            )
            shape = frame(f"{overflow.value}.{out}", params, out, x=tensor("s8f4", 16))
            slug = f"overflow-{overflow.value.replace('_', '-')}-{out}"
            given = filled(given, 16)
            yield desk.draft(slug, shape, {"x": given}, "WRAP", "SYMMETRIC_CLIP", free=False)


def _requantize_stochastic(desk: Desk) -> Iterator[Draft]:
    """Both generators, as hardware and as software build them."""
    rules: dict[str, Philox | Lfsr] = {
        "philox": Philox(key=0x0123456789ABCDEF, step=3, iteration=1),
        "philox-8-bits": Philox(key=1, bits=8),
        "lfsr-fibonacci": Lfsr(
            form=Form.FIBONACCI, width=16, taps=0x002D, seeds=(0xACE1, 0x1234), bits=8
        ),
        "lfsr-galois": Lfsr(form=Form.GALOIS, width=16, taps=0xB400, seeds=(1,), bits=16),
    }
    for name, rule in rules.items():
        params = Requantize(rounding=rule, overflow=Overflow.SATURATE)
        shape = frame(name, params, "s8f4", x=tensor("s16f12", 16))
        words = [k * 77 - 600 for k in range(16)]
        for image in (0, 5):
            yield desk.draft(
                f"{name}-image-{image}",
                shape,
                {"x": words},
                "STATE_CARRY_OVER",
                "AXIS_ORDER",
                image=image,
                free=False,
            )


REQUANTIZE = Room(
    frames=lambda _: [_unary(Requantize(), x, out, 12) for x, out in _MOVES],
    edges=lambda desk: _narrowing(desk, Requantize(), _MOVES),
    exhaustive=lambda desk: _small(desk, Requantize(), _SMALL_MOVES),
    special={"by_modes": _requantize_modes, "by_stochastic": _requantize_stochastic},
)

RELU = Room(
    frames=lambda _: [_unary(Relu(), x, out, 12) for x, out in _MOVES[:5]],
    edges=lambda desk: _narrowing(desk, Relu(), _MOVES),
    exhaustive=lambda desk: _small(desk, Relu(), _SMALL_MOVES),
)

_SCALES = ((1, 255, "u8f0", "u8f8"), (1, 1, "s8f0", "s8f0"), (3, 4, "s8f0", "s8f1"))


def _quantize_frames(_: str) -> list[Frame]:
    return [
        frame(f"{n}-{d}-{x}", Quantize(numerator=n, denominator=d), out, x=tensor(x, 12))
        for n, d, x, out in (*_SCALES, (255, 7, "u8f0", "s12f2"))
    ]


def _quantize_edges(desk: Desk) -> Iterator[Draft]:
    for n, d, x, out in (*_SCALES, (1, 2, "s8f0", "s8f0"), (1, 8, "s8f0", "u4f0")):
        shape = frame(f"{n}-{d}-{x}", Quantize(numerator=n, denominator=d), out, x=tensor(x, 16))
        source = Format.parse(x)
        words = [*edge_words(source), 3, 5, 6, 7, 10, 63, 85, 126]
        yield desk.draft(
            f"ends-{n}-{d}-{x}-{out}", shape, {"x": filled(words, 16)}, "EARLY_SATURATE", "WRAP"
        )
        ties = [k for k in all_words(source) if 2 * k * n * 2 ** Format.parse(out).frac % d == 0]
        odd = [k for k in ties if k * n * 2 ** Format.parse(out).frac % d]
        if odd:
            step = max(len(odd) // 16, 1)
            yield desk.draft(
                f"ties-{n}-{d}-{x}-{out}",
                shape,
                {"x": filled(odd[::step], 16)},
                "ROUND_TIE_DIRECTION",
                "FLOAT_SHORTCUT",
            )
    yield from _narrowing(desk, Quantize(), _MOVES[:2])


def _quantize_small(desk: Desk) -> Iterator[Draft]:
    for n, d, x, out in _SCALES:
        words = all_words(Format.parse(x))
        shape = frame(
            f"{n}-{d}-{x}", Quantize(numerator=n, denominator=d), out, x=tensor(x, len(words))
        )
        yield desk.draft(f"all-{n}-{d}-{x}", shape, {"x": words})


QUANTIZE = Room(_quantize_frames, _quantize_edges, _quantize_small)


def _affine_params(*pairs: tuple[int, int, int, int], relu: bool = False) -> Affine:
    scale, below, offset, under = zip(*pairs, strict=True)
    return Affine(
        scale_numerator=scale,
        scale_denominator=below,
        offset_numerator=offset,
        offset_denominator=under,
        relu=relu,
    )


_AFFINE = {
    "identity": _affine_params((1, 1, 0, 1)),
    "halves": _affine_params((1, 2, 1, 4)),
    "thirds": _affine_params((1, 3, -1, 7), relu=True),
    "channels": _affine_params((3, 4, 1, 8), (-5, 3, -2, 3), (0, 1, 5, 16), (7, 1, 0, 1)),
}


def _affine_frames(_: str) -> list[Frame]:
    return [frame(name, params, "s8f4", x=tensor("s8f4", 4, 4)) for name, params in _AFFINE.items()]


def _affine_edges(desk: Desk) -> Iterator[Draft]:
    yield from _narrowing(desk, _AFFINE["identity"], _MOVES[:3])
    for shape in _affine_frames(""):
        words = edge_words(shape.inputs["x"].format)
        for name, given in (("ends", words), ("small", list(range(-8, 8)))):
            yield desk.draft(
                f"{name}-{shape.name}",
                shape,
                {"x": filled(given, 16)},
                "DOUBLE_ROUND",
                "OPERATION_ORDER",
                "AXIS_ORDER",
            )


def _affine_small(desk: Desk) -> Iterator[Draft]:
    for name, params in _AFFINE.items():
        words = all_words(Format.parse("s6f3"))
        shape = frame(name, params, "s6f2", x=tensor("s6f3", 16, 4))
        yield desk.draft(f"all-{name}", shape, {"x": words})


AFFINE = Room(_affine_frames, _affine_edges, _affine_small)


def _sum_frames(_: str) -> list[Frame]:
    formats = (("s8f4", "s8f4", "s8f4"), ("s8f5", "s8f2", "s8f3"), ("s16f12", "u8f4", "s16f8"))
    return [
        frame(f"{a}-{b}-{out}", Add(), out, a=tensor(a, 12), b=tensor(b, 12))
        for a, b, out in (*formats, ("s40f20", "s36f30", "s40f22"))
    ]


def _sum_edges(desk: Desk) -> Iterator[Draft]:
    for shape in _sum_frames(""):
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
        small = {"a": filled([0, 1, 2, 3, 4, 5, 6, 7], 16), "b": filled([1, -1, 3, -3, 5, 0], 16)}
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
        shape = frame(f"{a}-{b}", Add(), out, a=tensor(a, size), b=tensor(b, size))
        yield desk.draft(f"all-{a}-{b}", shape, {"a": x, "b": y})


ADD = Room(_sum_frames, _sum_edges, _sum_small, feed="a")


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


DIVIDE = Room(_divide_frames, _divide_edges, _divide_small, feed="a")

_ROOTS = (("u16f8", "u12f8"), ("u32f0", "u16f0"), ("u8f4", "u8f6"), ("u16f8", "u8f2"))


def _isqrt_frames(_: str) -> list[Frame]:
    return [_unary(Isqrt(), x, out, 12) for x, out in (*_ROOTS, ("u62f0", "u31f0"))]


def _isqrt_edges(desk: Desk) -> Iterator[Draft]:
    for x, out in (*_ROOTS, ("u62f0", "u31f0"), ("s16f7", "s8f4")):
        format, shape = Format.parse(x), _unary(Isqrt(), x, out, 16)
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
    yield from _small(desk, Isqrt(), (("u8f4", "u6f3"), ("u8f0", "u4f0"), ("u6f3", "u8f6")))


ISQRT = Room(_isqrt_frames, _isqrt_edges, _isqrt_small)


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


RESCALE = Room(_rescale_frames, _rescale_edges, _rescale_small)


def _sigmoid_frames(algorithm: str) -> list[Frame]:
    pairs = (("s8f4", "u8f8"), ("s8f2", "u8f7"), ("s16f10", "u16f15"))
    return [_unary(_sigmoid(algorithm), x, out, 12) for x, out in pairs]


def _sigmoid(algorithm: str) -> Parameters:
    table = SigmoidLut(table=(1, 2), index_frac=0, table_frac=1)  # fitted to the formats later
    return table if algorithm == "lut" else SigmoidExact()


def _sigmoid_edges(desk: Desk) -> Iterator[Draft]:
    for shape in _sigmoid_frames(desk.algorithm):
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
    lambda desk: _small(
        desk, _sigmoid(desk.algorithm), (("s6f3", "u6f6"), ("s8f5", "u8f8"), ("s4f0", "s6f4"))
    ),
)
