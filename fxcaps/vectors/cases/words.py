"""Cases of the operations that make a word of each word alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fxcaps.ops import (
    Affine,
    Parameters,
    Quantize,
    Relu,
    Requantize,
)
from fxcaps.types import Format, Lfsr, Overflow, Philox, Rounding
from fxcaps.types.stochastic import Form
from fxcaps.vectors.cases import borders
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


def unary(params: Parameters, x: str, out: str, size: int) -> Frame:
    """A call with one input of that many words."""
    return frame(f"{x}-{out}", params, out, x=tensor(x, size))


def _narrowing(desk: Desk, params: Parameters, moves: Sequence[tuple[str, str]]) -> Iterator[Draft]:
    """Ties, their neighbours, carries, and both ends, for every pair of formats."""
    for x, out in moves:
        source, target = Format.parse(x), Format.parse(out)
        drop = source.frac - target.frac
        shape = unary(params, x, out, 16)
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


def small(desk: Desk, params: Parameters, moves: Sequence[tuple[str, str]]) -> Iterator[Draft]:
    """Every word, for each pair of small formats."""
    for x, out in moves:
        words = all_words(Format.parse(x))
        shape = unary(params, x, out, len(words))
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
    frames=lambda _: [unary(Requantize(), x, out, 12) for x, out in _MOVES],
    edges=lambda desk: _narrowing(desk, Requantize(), _MOVES),
    exhaustive=lambda desk: small(desk, Requantize(), _SMALL_MOVES),
    own=lambda desk, x, out: _narrowing(desk, Requantize(), [(x, out)]),
    special={
        "by_modes": _requantize_modes,
        "by_stochastic": _requantize_stochastic,
        borders.BUNDLE: borders.requantize,
    },
)

RELU = Room(
    frames=lambda _: [unary(Relu(), x, out, 12) for x, out in _MOVES[:5]],
    edges=lambda desk: _narrowing(desk, Relu(), _MOVES),
    exhaustive=lambda desk: small(desk, Relu(), _SMALL_MOVES),
    own=lambda desk, x, out: _narrowing(desk, Relu(), [(x, out)]),
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
