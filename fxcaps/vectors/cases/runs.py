"""Cases of the operations on vectors: squash, softmax, length, argmax."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from fxcaps.ops import (
    ArgmaxSquares,
    ArgmaxSticky,
    ArgmaxWords,
    Arithmetic,
    EpsilonAt,
    Length,
    Parameters,
    SoftmaxConstant,
    SoftmaxExact,
    SquashExact,
    SquashQ7,
    find_operation,
)
from fxcaps.types import Accumulator, Check, Format, Overflow, Rounding, Signature
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
)
from fxcaps.vectors.evaluate import narrowings
from fxcaps.vectors.stream import Stream, edge_words

_TRIED = 512
"""Vectors among which the nearest to a tie are looked for."""

_KEPT = 8
"""Vectors that are kept of them."""


def _row(vectors: Sequence[Sequence[int]]) -> list[int]:
    return [word for vector in vectors for word in vector]


def _vectors(template: Parameters, x: str, out: str, count: int, dim: int) -> Frame:
    return frame(f"{x}-{out}-{dim}", template, out, x=tensor(x, count, dim))


def _nearest_ties(desk: Desk, slug: str, template: Parameters, x: str, out: str) -> Draft:
    """Vectors some word of which lies at a tie, or next to one, before it is rounded.

    Those of negative and of other words come in turn.
    """
    format, dim = Format.parse(x), 2
    stream = Stream(f"nearest ties {slug}")
    tried = [stream.words(format, dim) for _ in range(_TRIED)]
    many = _vectors(template, x, out, _TRIED, dim)
    words = {"x": _row(tried)}
    setup = Desk(desk.arithmetic, desk.algorithm).draft(slug, many, words).setup
    distances: dict[bool, list[tuple[int, int]]] = {False: [], True: []}
    for index, numerator, denominator in narrowings(setup, words) if setup else ():
        rest = abs(2 * (numerator % denominator) - denominator)
        distances[numerator < 0].append(((rest << 64) // denominator, index // dim))
    order = [[vector for _, vector in sorted(found)] for found in distances.values()]
    near = [tuple(tried[k]) for both in zip_longest(*order) for k in both if k is not None]
    kept = list(dict.fromkeys(near))[:_KEPT] or [(0, 0)]
    shape = _vectors(template, x, out, _KEPT, dim)
    given = {"x": _row(filled(kept, _KEPT))}
    return desk.draft(slug, shape, given, "ROUND_TIE_DIRECTION", "FLOAT_SHORTCUT", "DOUBLE_ROUND")


_SQUASHES = (("s8f5", "s8f7"), ("s8f7", "s8f7"), ("s16f11", "s16f15"), ("s8f0", "s8f7"))


_MORE_SQUASHES = (("s6f-1", "s8f6"), ("s8f12", "s8f8"), ("s8f5", "s6f7"), ("s8f5", "s4f0"))
"""For edges alone: a coarse input, a fine one, an output too narrow, one in which 1/2 is a tie."""


def _template(operation: str, algorithm: str) -> Parameters:
    """Parameters of an algorithm that are fitted later."""
    fits = {cls.algorithm: cls for cls in find_operation(operation).choices}
    if operation == "squash" or algorithm != "constant":
        return _fitted(fits.get(algorithm, SquashExact if operation == "squash" else SoftmaxExact))
    return SoftmaxConstant(word=26)


def _fitted(cls: type[Parameters]) -> Parameters:
    fit: Callable[..., Parameters] = cls.fit  # type: ignore[attr-defined]
    return fit(Format.parse("s8f5"), Format.parse("s8f7"), Arithmetic())


def _squash_frames(algorithm: str) -> list[Frame]:
    template = _template("squash", algorithm)
    return [_vectors(template, x, out, 2, 4) for x, out in _SQUASHES]


def _squash_edges(desk: Desk) -> Iterator[Draft]:
    for x, out in (*_SQUASHES, *_MORE_SQUASHES):
        yield from _squash_ends(desk, x, out)
    for x, out in _SQUASHES[:2]:
        yield _squash_ties(desk, x, out)


def _squash_own(desk: Desk, x: str, out: str) -> Iterator[Draft]:
    yield from _squash_ends(desk, x, out)
    yield _squash_ties(desk, x, out)


def _squash_ties(desk: Desk, x: str, out: str) -> Draft:
    template = _template("squash", desk.algorithm)
    return _nearest_ties(desk, f"nearest-ties-{x}-{out}", template, x, out)


def _squash_ends(desk: Desk, x: str, out: str) -> Iterator[Draft]:
    template = _template("squash", desk.algorithm)
    format, name = Format.parse(x), f"{x}-{out}"
    four = _vectors(template, x, out, 4, 4)
    low, high = format.min, format.max
    zero = [[0] * 4, [0, 0, 0, 1], [0, -1, 0, 0], [0] * 4]
    yield desk.draft(f"zero-{name}", four, {"x": _row(zero)}, "ZERO_VECTOR", "DIVIDE_BY_ZERO")
    hot = [[high, 0, 0, 0], [0, 0, 0, low], [high] * 4, [low] * 4]
    yield desk.draft(
        f"largest-{name}", four, {"x": _row(hot)}, "ACCUMULATOR_WIDTH", "SIGN_EXTENSION"
    )
    one = min(max(1 << max(format.frac, 0), 1), high)
    rows = [[one - 1, 0, 0, 0], [0, one, 0, 0], [0, 0, min(one + 1, high), 0], [-one, 0, 0, 0]]
    yield desk.draft(f"around-one-{name}", four, {"x": _row(rows)}, "TABLE_INDEX")
    signs = [[3, -3, 5, -5], [-one, 1, 0, 0], [high, low, 1, -1], [1, 2, 3, 4]]
    yield desk.draft(f"signs-{name}", four, {"x": _row(signs)}, "TRUNCATE", "AXIS_ORDER")
    alone = _vectors(template, x, out, 12, 1)
    yield desk.draft(
        f"single-{name}", alone, {"x": filled(edge_words(format), 12)}, "ROOT_OFF_BY_ONE"
    )


def _all_pairs(template: Parameters, desk: Desk, x: str, out: str) -> Iterator[Draft]:
    """Every pair of words, by the first of them in quarters."""
    words = all_words(Format.parse(x))
    quarter = max(len(words) // 4, 1)
    for part in range(0, len(words), quarter):
        pairs = [(a, b) for a in words[part : part + quarter] for b in words]
        shape = _vectors(template, x, out, len(pairs), 2)
        yield desk.draft(f"all-{x}-{out}-{part // quarter}", shape, {"x": _row(pairs)})


def _squash_small(desk: Desk) -> Iterator[Draft]:
    template = _template("squash", desk.algorithm)
    yield from _all_pairs(template, desk, "s4f2", "s6f5")
    words = all_words(Format.parse("s8f5"))
    yield desk.draft("all-s8f5-s8f7-1", _vectors(template, "s8f5", "s8f7", 256, 1), {"x": words})


def _epsilons(desk: Desk) -> Iterator[Draft]:
    """An epsilon in its three places, usual and large."""
    rows = [[0, 0], [1, 0], [3, -4], [127, -128], [32, 0], [-23, 22], [5, 5], [-1, 1]]
    for place in EpsilonAt:
        for name, epsilon in (("1e-7", (1, 10**7)), ("third", (1, 3))):
            params = SquashExact(epsilon=epsilon, epsilon_at=place)
            shape = frame(f"{place.value}-{name}", params, "s8f7", x=tensor("s8f5", 8, 2))
            slug = f"epsilon-{place.value}-{name}"
            yield desk.draft(
                slug, shape, {"x": _row(rows)}, "ZERO_VECTOR", "OPERATION_ORDER", free=False
            )


def _wrapping(template: str, desk: Desk) -> Iterator[Draft]:
    """A register that wraps to a negative sum of squares, one that saturates, one that does not."""
    for check, overflow in (
        (Check.PER_STEP, Overflow.WRAP),
        (Check.FINAL, Overflow.WRAP),
        (Check.PER_STEP, Overflow.SATURATE),
    ):
        register = Accumulator(format=Format.parse("s14f10"), check=check, overflow=overflow)
        arithmetic = _with(desk, register)
        own = Desk(arithmetic, desk.algorithm, desk.names)
        shape = _vectors(_template("squash", template), "s8f5", "s8f7", 4, 3)
        rows = [[90, 0, 0], [127, -128, 127], [91, 91, 0], [3, -4, 5]]
        slug = f"register-{check.value}-{overflow.value}".replace("_", "-")
        yield own.draft(slug, shape, {"x": _row(rows)}, "ACCUMULATOR_WIDTH", "WRAP")


def _offsets(_: Desk) -> Iterator[Draft]:
    """Vectors beyond the range of the offsets that find them."""
    desk = Desk(Arithmetic(), "q7")
    rows = [[24, -32], [10, 0], [-8, 6], [127, -128], [0, 0], [1, -1]]
    for bits in (1, 2, 3, 4):
        for rounding in (Rounding.TOWARD_ZERO, Rounding.FLOOR):
            params = SquashQ7(row_offset_bits=bits, rounding=rounding)
            shape = frame(f"{bits}-bits-{rounding.value}", params, "s8f7", x=tensor("s8f4", 6, 2))
            slug = f"offsets-{bits}-{rounding.value}".replace("_", "-")
            given = {"x": _row(rows)}
            yield desk.draft(slug, shape, given, "AXIS_ORDER", "STATE_CARRY_OVER", free=False)


def _with(desk: Desk, register: Accumulator) -> Arithmetic:
    return replace(desk.arithmetic, accumulator=register)


SQUASH = Room(
    _squash_frames,
    _squash_edges,
    _squash_small,
    own=_squash_own,
    special={
        "by_exact": _epsilons,
        "by_isqrt_divide": lambda desk: _wrapping("isqrt_divide", desk),
        "by_isqrt_factor": lambda desk: _wrapping("isqrt_factor", desk),
        "by_q7": _offsets,
        borders.BUNDLE: borders.squash,
    },
)

_SOFTMAXES = (("s8f4", "u8f8"), ("s8f2", "s8f7"), ("s16f10", "u16f15"), ("s8f0", "u8f8"))


def _softmax_frames(algorithm: str) -> list[Frame]:
    template = _template("softmax", algorithm)
    return [_vectors(template, x, out, 2, 5) for x, out in _SOFTMAXES]


def _softmax_edges(desk: Desk) -> Iterator[Draft]:
    template = _template("softmax", desk.algorithm)
    dims = {_SOFTMAXES[0]: (1, 2, 3, 10), ("s8f4", "u4f0"): (1, 2, 4)}
    for x, out in (*_SOFTMAXES, ("s8f4", "u4f0")):
        format, name = Format.parse(x), f"{x}-{out}"
        low, high = format.min, format.max
        for dim in dims.get((x, out), (1, 3, 10)):
            rows = [[word] * dim for word in (0, high, low, 1)]
            shape = _vectors(template, x, out, 4, dim)
            yield desk.draft(f"equal-{dim}-{name}", shape, {"x": _row(rows)}, "ROUND_TIE_DIRECTION")
        four = _vectors(template, x, out, 4, 4)
        hot = [[high, low, low, low], [low, low, low, high], [0, 0, high, 0], [low, high, low, 0]]
        yield desk.draft(f"one-hot-{name}", four, {"x": _row(hot)}, "TABLE_INDEX", "SIGN_EXTENSION")
        close = [
            [1, 0, -1, -2],
            [high, high - 1, high - 2, high - 3],
            [-3, -2, -1, 0],
            [5, 5, 0, 0],
        ]
        lowest = [
            [low, low + 1, low + 2, low + 3],
            [low + 1, low, low, low],
            [0, 0, 0, 1],
            [low] * 4,
        ]
        yield desk.draft(f"lowest-{name}", four, {"x": _row(lowest)}, "SYMMETRIC_CLIP")
        yield desk.draft(f"close-{name}", four, {"x": _row(close)}, "TRUNCATE", "AXIS_ORDER")
        steps = [(1 << k) + step for k in range(2, format.width - 1) for step in (-1, 0, 1)]
        steps = [step for step in steps if high - step >= low]
        rows = [[high, high - step] for step in filled(steps, 16)]
        shape = _vectors(template, x, out, 16, 2)
        yield desk.draft(f"distances-{name}", shape, {"x": _row(rows)}, "TABLE_INDEX")
    x, out = _SOFTMAXES[0]
    if desk.algorithm != "constant":
        yield _nearest_ties(desk, f"nearest-ties-{x}-{out}", template, x, out)


SOFTMAX = Room(
    _softmax_frames,
    _softmax_edges,
    lambda desk: _all_pairs(_template("softmax", desk.algorithm), desk, "s4f1", "u8f8"),
    special={borders.BUNDLE: borders.softmax},
)

_LENGTHS = (("s8f5", "u8f5"), ("s8f7", "u8f7"), ("s16f11", "u16f12"), ("s8f0", "u8f0"))


def _length_frames(_: str) -> list[Frame]:
    return [_vectors(Length(), x, out, 2, 4) for x, out in _LENGTHS]


def _length_edges(desk: Desk) -> Iterator[Draft]:
    for x, out in (*_LENGTHS, ("s8f5", "u6f2"), ("s8f5", "u4f2")):
        format, name = Format.parse(x), f"{x}-{out}"
        low, high = format.min, format.max
        four = _vectors(Length(), x, out, 4, 4)
        rows = [[0] * 4, [high, 0, 0, 0], [low] * 4, [high] * 4]
        yield desk.draft(
            f"ends-{name}", four, {"x": _row(rows)}, "ZERO_VECTOR", "ACCUMULATOR_WIDTH"
        )
        lowest = [[low, 0, 0, 0], [0, low, 1, 0], [0, 0, low + 1, 0], [low, high // 3, 0, 0]]
        yield desk.draft(f"lowest-{name}", four, {"x": _row(lowest)}, "SYMMETRIC_CLIP")
        exact = [[3, 4, 0, 0], [0, -5, 12, 0], [1, 1, 1, 1], [-2, 4, 4, 8]]
        yield desk.draft(f"squares-{name}", four, {"x": _row(exact)}, "ROOT_OFF_BY_ONE")
        near = [[3, 4, 1, 0], [5, 12, -1, 0], [1, 1, 1, 0], [2, 2, 2, 2]]
        yield desk.draft(
            f"near-squares-{name}", four, {"x": _row(near)}, "ROOT_OFF_BY_ONE", "FLOAT_SHORTCUT"
        )
        alone = _vectors(Length(), x, out, 12, 1)
        yield desk.draft(
            f"single-{name}", alone, {"x": filled(edge_words(format), 12)}, "SIGN_EXTENSION"
        )


LENGTH = Room(
    _length_frames,
    _length_edges,
    lambda desk: _all_pairs(Length(), desk, "s4f2", "u6f4"),
    special={borders.BUNDLE: borders.length},
)


def _argmax_frame(algorithm: str, x: str, groups: int, scores: int) -> Frame:
    squares = algorithm == "squares"
    classes = {"squares": ArgmaxSquares, "sticky": ArgmaxSticky}
    params = classes.get(algorithm, ArgmaxWords)()
    shape = (groups, scores, 2) if squares else (groups, scores)
    given = {"x": Signature(shape, Format.parse(x))}
    out = find_operation("argmax").fixed_formats(params, {"x": shape})
    return Frame(f"{x}-{scores}", params, given, out)


def _argmax_edges(desk: Desk) -> Iterator[Draft]:
    for x in ("s8f5", "u8f8"):
        format = Format.parse(x)
        shape = _argmax_frame(desk.algorithm, x, 8, 4)
        dim = 2 if desk.algorithm == "squares" else 1
        low, high = format.min, format.max
        rows = {
            "equal": [[word] * 4 for word in (0, high, low, 1)],
            "ties": [[1, 5, 5, 1], [high, high, low, low], [0, 0, 1, 1], [low, low, low, 0]],
            "lowest": [
                [low, low, low + 1, low],
                [low + 1, low, 0, 0],
                [low] * 4,
                [low, low + 1] * 2,
            ],
            "last": [[0, 1, 2, 3], [low, low, low, high], [high - 1] * 3 + [high], [3, 2, 1, 4]],
        }
        for name, groups in rows.items():
            words = [word for group in filled(groups, 8) for word in group for _ in range(dim)]
            yield desk.draft(f"{name}-{x}", shape, {"x": words}, "AXIS_ORDER", "SIGN_EXTENSION")
        if dim == 2 and format.signed:
            words = filled([3, -4, -5, 0, 4, 3, 0, 5, low, 0, high, 1, 0, low, -1, -1], 64)
            yield desk.draft(f"signs-{x}", shape, {"x": words}, "SIGN_EXTENSION", "ROOT_OFF_BY_ONE")


def _argmax_small(desk: Desk) -> Iterator[Draft]:
    words = all_words(Format.parse("s3f0"))
    if desk.algorithm == "squares":
        words = [-2, -1, 0, 1]
        rows = [(a, b, c, d) for a in words for b in words for c in words for d in words]
        for part in range(0, len(rows), 64):
            shape = _argmax_frame("squares", "s3f0", 64, 2)
            given = {"x": _row(rows[part : part + 64])}
            yield desk.draft(f"all-{part // 64}", shape, given)
        return
    pairs = [(a, b) for a in words for b in words]
    shape = _argmax_frame(desk.algorithm, "s3f0", len(pairs), 2)
    yield desk.draft("all", shape, {"x": _row(pairs)})


def _sticky(desk: Desk) -> Iterator[Draft]:
    """Groups whose largest word stands at the index before, too, or beside it."""
    rows = {
        "kept": [[0, 0, 0], [1, 5, 5], [5, 1, 5], [5, 7, 5], [0, 0, 0], [7, 7, 7]],
        "negative": [[-3, -1, -1], [-128, -128, -127], [-2, -1, -1], [-1, -1, -2]],
        "first": [[5, 5, 5], [9, 9, 9], [1, 2, 1], [2, 2, 1], [3, 3, 3]],
    }
    for name, groups in rows.items():
        for initial in (0, 1, 2):
            for images in (1, len(groups)):
                extents = (len(groups) // images, images, 3)
                given = {"x": tensor("s8f0", *extents)}
                params = ArgmaxSticky(initial=initial)
                out = find_operation("argmax").fixed_formats(params, {"x": extents})
                slug = f"{name}-{initial}-{images}"
                shape = Frame(slug, params, given, out)
                yield desk.draft(slug, shape, {"x": _row(groups)}, "STATE_CARRY_OVER", "AXIS_ORDER")


ARGMAX = Room(
    lambda algorithm: [_argmax_frame(algorithm, x, 3, 4) for x in ("s8f5", "s16f3")],
    _argmax_edges,
    _argmax_small,
    special={"by_sticky": _sticky},
)
