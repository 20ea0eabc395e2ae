"""Sums of products in 32 bits: which instruction, how weights are packed, and the words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.epilogue import SUM_BITS, epilogue_of
from fxcaps.engine.kernels.blocked import PATH_CODES, Panels, Rows, multiply
from fxcaps.engine.kernels.instructions import INSTRUCTIONS, Path, available
from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.sums import Register, start_words
from fxcaps.engine.values import no_events, single
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.parameters import Narrowing
from fxcaps.types import Format, Shape

_CACHE_BYTES = 288 << 10
"""Weights of a panel that are used for all rows before the next: most of a second-level cache."""

_PIECE = 1024
"""Words of a piece of a long row."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Where the rows of activations lie in an image, in words.

    Args:
        image: words of an image.
        offsets: `(G, P)` first word of each row, by group of weights.
        bases: `(G, P)` index of its first word in the output.
        segments: pieces of a row.
        stride: words from one piece to the next.
        length: words of a piece.
    """

    image: int
    offsets: Ints
    bases: Ints
    segments: int
    stride: int
    length: int


@dataclass(frozen=True, slots=True)
class Packed:
    """Weights as an instruction reads them.

    Args:
        path: the instruction's.
        panels: of the weights.
        windows: of the rows, pieces of a long row apart.
        zero: the word that stands for an activation of zero.
    """

    path: Path
    panels: Panels
    windows: Windows
    zero: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the weights of a step come to.

    Args:
        register: how the sums are formed.
        start: `(G, O)` what they start with; empty where the register does not fit.
        packed: the weights for sums in 32 bits, where the range allows those.
    """

    register: Register
    start: Ints
    packed: Packed | None


def prepare(
    register: Register,
    weights: Ints,
    bias: Words | None,
    windows: Windows,
    x: Format,
    forced: Path | None = None,
) -> Prepared:
    """Choose a path and pack the weights for it.

    Args:
        register: how the sums are formed.
        weights: `(G, O, K)`, K over the segments of a row, then over the words of one.
        bias: as many words as there are rows of weights, or none.
        windows: where the rows of activations lie.
        x: their format.
        forced: a path to take where the range allows it.
    """
    if not register.fits:
        return Prepared(register, np.empty((0, 0), np.int64), None)
    groups, outputs, _ = weights.shape
    start = start_words(bias, register, (groups * outputs,)).reshape(groups, outputs)
    path = choose(register, x, weights, forced)
    packed = None if path is None else pack(path, weights, start, windows, x)
    return Prepared(register, start, packed)


def choose(register: Register, x: Format, weights: Ints, forced: Path | None = None) -> Path | None:
    """The fastest path in 32 bits that the proven range allows, or none.

    Args:
        register: how the sums are formed; the activations' zero point cancels modulo 2**32.
        x: format of the activations.
        weights: all of them.
        forced: a path to take where the range allows it; the fastest elsewhere.
    """
    if not register.free or register.bound >= 1 << SUM_BITS:
        return None
    if forced is not None and forced not in INSTRUCTIONS:
        return None
    low, high = int(weights.min(initial=0)), int(weights.max(initial=0))
    able = []
    for path, instruction in INSTRUCTIONS.items():
        bits = 8 * instruction.word_bytes
        top = 1 << bits - 1
        if x.width <= bits and -top <= low and high < top and available(path):
            able.append(path)
    if forced in able:
        return forced
    return able[0] if able else None


def pack(path: Path, weights: Ints, start: Ints, windows: Windows, x: Format) -> Packed:
    """Weights `(G, O, K)` and starts `(G, O)` as the instruction of a path reads them.

    Args:
        path: of `choose`.
        weights: K runs over segments, then over the words of one.
        start: what the sums start with.
        windows: where the rows lie.
        x: format of the activations.
    """
    instruction = INSTRUCTIONS[path]
    zero = _zero_point(instruction.word_bytes, x)
    groups, outputs, _ = weights.shape
    windows, weights = _in_pieces(windows, weights)
    per_group = 4 // instruction.word_bytes
    padded = -(-windows.length // per_group) * per_group
    words = np.zeros((groups, outputs, windows.segments, padded), f"i{instruction.word_bytes}")
    words[..., : windows.length] = weights.reshape(
        groups, outputs, windows.segments, windows.length
    )
    words = words.reshape(groups, outputs, windows.segments, padded // per_group, per_group)
    tiles = instruction.tiles
    slim = tiles[-1][1] * instruction.lanes
    wide = tiles[0][1] * instruction.lanes if len(tiles) > 1 else 0
    many = outputs // wide if wide else 0
    shifted = start - zero * weights.sum(axis=2)
    panels = Panels(
        path=PATH_CODES[path],
        wide_rows=tiles[0][0],
        slim_rows=tiles[-1][0],
        wide=_panels(words[:, : many * wide], max(wide, 1)),
        slim=_panels(words[:, many * wide :], slim),
        wide_sums=wide,
        slim_sums=slim,
        start=(shifted & 0xFFFFFFFF).astype(np.uint32).view(np.int32),
        per_block=max(1, _CACHE_BYTES // (max(wide, slim) * padded * instruction.word_bytes)),
    )
    return Packed(path, panels, windows, zero)


def _zero_point(word_bytes: int, x: Format) -> int:
    """What is added to activations so that the instruction can hold them."""
    if word_bytes == 1:
        return 128 if x.signed else 0
    return 0 if x.signed or x.width < 16 else -(1 << 15)


def _in_pieces(windows: Windows, weights: Ints) -> tuple[Windows, Ints]:
    """A long contiguous row as several pieces, so that their weights stay in cache."""
    if windows.segments > 1 or windows.length <= _PIECE:
        return windows, weights
    pieces = -(-windows.length // _PIECE)
    spare = pieces * _PIECE - windows.length
    wider = np.pad(weights, ((0, 0), (0, 0), (0, spare)))
    cut = Windows(windows.image, windows.offsets, windows.bases, pieces, _PIECE, _PIECE)
    return cut, wider


def _panels(words: NDArray[np.signedinteger], width: int) -> NDArray[np.uint8]:
    """`words (G, O, segments, groups, 4 bytes)` as `(G, panels, bytes)`, zeros behind O."""
    groups, outputs, segments, steps, per_group = words.shape
    count = -(-outputs // width)
    full = np.zeros((groups, count * width, segments, steps, per_group), words.dtype)
    full[:, :outputs] = words
    ordered = full.reshape(groups, count, width, segments, steps, per_group)
    ordered = np.ascontiguousarray(ordered.transpose(0, 1, 3, 4, 2, 5))
    bytes_of_panel = segments * steps * width * per_group * words.dtype.itemsize
    return ordered.reshape(-1).view(np.uint8).reshape(groups, count, bytes_of_panel)


def activations(packed: Packed, images: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Words `(N, image)` as the instruction reads them, with room to read beyond the last."""
    word_bytes = INSTRUCTIONS[packed.path].word_bytes
    kind = np.uint8 if word_bytes == 1 else np.int16
    windows = packed.windows
    beyond = windows.segments * windows.stride + windows.length + 4
    room: NDArray[Any] = np.empty(images.size + beyond, kind)
    inside = room[: images.size].reshape(images.shape)
    if images.dtype.itemsize == word_bytes:  # the same bytes, which need no cast
        images = images.view(kind)
    # Casts and adds modulo the width, in one pass over the words.
    np.add(images, kind(packed.zero), out=inside, dtype=kind, casting="unsafe")
    return room.view(np.uint8)


def words_of(
    prepared: Prepared,
    images: NDArray[np.generic],
    params: Narrowing,
    out: Format,
    shape: Shape,
    *,
    relu: bool = False,
) -> Result | None:
    """Words and events of the products, or `None` where there is no such epilogue for them.

    Args:
        prepared: what the weights come to.
        images: `(N, ...)` words of the activations, zero padding included.
        params: rounding and overflow of the output.
        out: format of the output.
        shape: of one image's output.
        relu: negative sums count as zero.
    """
    packed = prepared.packed
    epilogue = epilogue_of(prepared.register, params, out, relu=relu)
    if packed is None or epilogue is None:
        return None
    windows, word_bytes = packed.windows, INSTRUCTIONS[packed.path].word_bytes
    rows = Rows(
        image_bytes=windows.image * word_bytes,
        offsets=windows.offsets * word_bytes,
        bases=windows.bases,
        segments=windows.segments,
        stride=windows.stride * word_bytes,
        groups=-(-windows.length * word_bytes // 4),
    )
    batch, size = len(images), int(np.prod(shape))
    words = np.empty((batch, size), f"i{out.container_bytes}")
    events = no_events(batch)
    narrow = activations(packed, images.reshape(batch, packed.windows.image))
    multiply(narrow, batch, rows, packed.panels, epilogue, words, events)
    return single(words, events, params.overflow, shape)
