"""Products of many rows with many weights: panels and blocks that stay in cache, then the words.

Layout. An image is `image_bytes` of narrow words; a row of activations is `segments` pieces of
`groups` groups of four bytes, `stride` bytes apart, so that a window of an image is read where it
lies. Weights are packed in panels: for every segment and group, four bytes for each sum of the
panel. What a row reads beyond its end meets zero weights; the memory behind the last image must
be readable for one group.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.instructions import INSTRUCTIONS, Path
from fxcaps.engine.kernels.line import LINE8, LINE16, LINE32
from fxcaps.engine.kernels.narrow import (
    INEXACT,
    SATURATE_TO_ZERO,
    SATURATED,
    WRAP,
    WRAPPED,
    Ints,
    Sums,
    fit,
    note_first,
    precedes,
    shift_right,
)
from fxcaps.engine.kernels.tile import (
    AVX2_SLIM,
    PORTABLE_SLIM,
    VNNI8_SLIM,
    VNNI8_WIDE,
    VNNI16_SLIM,
    VNNI16_WIDE,
)

Bytes = NDArray[np.uint8]

PATH_CODES = {path: code for code, path in enumerate(INSTRUCTIONS)}
_VNNI8, _VNNI16, _AVX2 = (PATH_CODES[path] for path in (Path.VNNI8, Path.VNNI16, Path.AVX2))


class Rows(NamedTuple):
    """Where rows of activations start and where their words go.

    Args:
        image_bytes: from one image to the next.
        offsets: `(G, P)` first byte of each row of an image, by group of weights.
        bases: `(G, P)` index of the first word of each row in the output.
        segments: pieces of a row.
        stride: bytes between them.
        groups: groups of four bytes in one.
    """

    image_bytes: int
    offsets: Ints
    bases: Ints
    segments: int
    stride: int
    groups: int


class Panels(NamedTuple):
    """Packed weights; each group of them has its own rows.

    Args:
        path: code of the instruction.
        wide_rows: rows that meet a wide panel at a time.
        slim_rows: rows that meet a slim panel at a time, a multiple of the others.
        wide: `(G, panels, bytes)` of `wide_sums` sums each.
        slim: `(G, panels, bytes)` of `slim_sums` sums each; they follow the wide ones.
        wide_sums: sums of a wide panel.
        slim_sums: sums of a slim panel.
        start: `(G, O)` what the sums start with, modulo 2**32.
        per_block: segments whose weights stay in cache.
    """

    path: int
    wide_rows: int
    slim_rows: int
    wide: NDArray[np.uint8]
    slim: NDArray[np.uint8]
    wide_sums: int
    slim_sums: int
    start: Sums
    per_block: int


class Epilogue(NamedTuple):
    """How a sum becomes a word.

    Args:
        relu: negative sums count as zero.
        shift: bits dropped, at most 30; negative for a left shift that 32 bits hold.
        least: thresholds of the dropped part as `narrow.threshold` makes them, for even, odd,
            negative even and negative odd floors.
        low: least word that may be kept.
        high: largest.
        overflow: code of the overflow.
    """

    relu: bool
    shift: int
    least: tuple[int, int, int, int]
    low: int
    high: int
    overflow: int


@kernel
def multiply(
    x: Bytes,
    batch: int,
    rows: Rows,
    panels: Panels,
    epilogue: Epilogue,
    words: Ints,
    events: Ints,
) -> None:
    """Words and events of `batch` images; `words (N, size)` and `events (N, kinds, 2)`."""
    windows, outputs = rows.offsets.shape[1], panels.start.shape[1]
    together = max(1, min(batch, 512 // max(windows, 1)))
    step = panels.slim_rows
    room = (together * windows + step - 1) // step * step
    offsets = np.zeros(room, np.int64)
    images, bases = np.empty(room, np.int64), np.empty(room, np.int64)
    sums = np.empty(room * max(panels.wide_sums, panels.slim_sums), np.int32)
    for group in range(rows.offsets.shape[0]):
        for first in range(0, batch, together):
            count = place_rows(
                rows, group, first, min(together, batch - first), offsets, images, bases
            )
            used = (count + step - 1) // step * step
            column = 0
            for panel in range(panels.wide.shape[1] + panels.slim.shape[1]):
                wide = panel < panels.wide.shape[1]
                width = panels.wide_sums if wide else panels.slim_sums
                block = sums[: used * width].reshape(used, width)
                kept = min(width, outputs - column)
                block[:count, :kept] = panels.start[group, column : column + kept]
                if wide:
                    weights = panels.wide[group, panel]
                else:
                    weights = panels.slim[group, panel - panels.wide.shape[1]]
                add_products(x, offsets[:used], rows, panels, wide, weights, block)
                finish_rows(block[:count, :kept], images, bases, column, epilogue, words, events)
                column += width


@kernel
def place_rows(
    rows: Rows, group: int, first: int, batch: int, offsets: Ints, images: Ints, bases: Ints
) -> int:
    """Places of the rows of `batch` images, and their number; spare offsets repeat the first."""
    windows: int = rows.offsets.shape[1]
    for n in range(batch):
        for p in range(windows):
            row = n * windows + p
            offsets[row] = (first + n) * rows.image_bytes + rows.offsets[group, p]
            images[row] = first + n
            bases[row] = rows.bases[group, p]
    count = batch * windows
    offsets[count:] = offsets[0]  # their products are made and not used
    return count


@kernel
def add_products(
    x: Bytes, offsets: Ints, rows: Rows, panels: Panels, wide: bool, weights: Bytes, sums: Sums
) -> None:
    """Add to `sums (M, width)` the products of M rows with a panel, a block of segments a time."""
    width, stride, groups, path = sums.shape[1], rows.stride, rows.groups, panels.path
    step = panels.wide_rows if wide else panels.slim_rows
    start, panel = np.intp(x.ctypes.data), np.intp(weights.ctypes.data)
    places, totals = np.intp(offsets.ctypes.data), np.intp(sums.ctypes.data)
    for first in range(0, rows.segments, panels.per_block):
        count = min(panels.per_block, rows.segments - first)
        at = start + first * stride
        part = panel + first * groups * width * 4
        for m in range(0, sums.shape[0], step):
            place, total = places + 8 * m, totals + 4 * width * m
            if path == _VNNI8 and wide:
                VNNI8_WIDE(at, place, part, count, stride, groups, total)
            elif path == _VNNI8:
                VNNI8_SLIM(at, place, part, count, stride, groups, total)
            elif path == _VNNI16 and wide:
                VNNI16_WIDE(at, place, part, count, stride, groups, total)
            elif path == _VNNI16:
                VNNI16_SLIM(at, place, part, count, stride, groups, total)
            elif path == _AVX2:
                AVX2_SLIM(at, place, part, count, stride, groups, total)
            else:
                PORTABLE_SLIM(at, place, part, count, stride, groups, total)


@kernel
def finish_rows(
    sums: Sums,
    images: Ints,
    bases: Ints,
    column: int,
    epilogue: Epilogue,
    words: Ints,
    events: Ints,
) -> None:
    """Words of `sums (M, O)`: row m goes to image `images[m]` from `bases[m] + column` on.

    Rows of sums and of `words` are contiguous.
    """
    relu, shift, least, low, high, overflow = epilogue
    drop, lift = max(shift, 0), max(-shift, 0)
    floor = 0 if relu else -(1 << 31)
    clipping = overflow not in (WRAP, SATURATE_TO_ZERO)
    size, row, word_bytes = sums.shape[1], sums.strides[0], words.itemsize
    start, place = np.intp(sums.ctypes.data), np.intp(words.ctypes.data)
    for m in range(sums.shape[0]):
        n, base = images[m], bases[m] + column
        given, target = start + m * row, place + n * words.strides[0] + base * word_bytes
        if word_bytes == 1:
            counts = LINE8(given, size, target, floor, drop, lift, *least, low, high)
        elif word_bytes == 2:
            counts = LINE16(given, size, target, floor, drop, lift, *least, low, high)
        else:
            counts = LINE32(given, size, target, floor, drop, lift, *least, low, high)
        inexact, changed = counts & 0xFFFFFFFF, counts >> 32
        if inexact:
            if precedes(events, n, INEXACT, base):
                o = first_inexact(sums, m, floor, (1 << drop) - 1)
                note_first(events, n, INEXACT, base + o)
            events[n, INEXACT, 0] += inexact
        if changed and clipping:
            if precedes(events, n, SATURATED, base):
                o = first_outside(sums, m, floor, epilogue)
                note_first(events, n, SATURATED, base + o)
            events[n, SATURATED, 0] += changed
        elif changed:
            fit_line(sums, m, floor, epilogue, words, n, base, events)


@kernel
def first_inexact(sums: Sums, m: int, floor: int, dropped: int) -> int:
    """The first sum of row `m` of which `dropped` bits are not zero; there is one."""
    o = 0
    while max(sums[m, o], floor) & dropped == 0:
        o += 1
    return o


@kernel
def rounded(total: int, floor: int, epilogue: Epilogue) -> int:
    """The shifted sum before it is made to fit."""
    drop, lift = max(epilogue.shift, 0), max(-epilogue.shift, 0)
    return shift_right(max(total, floor), drop, epilogue.least) << lift


@kernel
def first_outside(sums: Sums, m: int, floor: int, epilogue: Epilogue) -> int:
    """The first sum of row `m` whose word does not fit; there is one."""
    o = 0
    while epilogue.low <= rounded(sums[m, o], floor, epilogue) <= epilogue.high:
        o += 1
    return o


@kernel
def fit_line(
    sums: Sums,
    m: int,
    floor: int,
    epilogue: Epilogue,
    words: Ints,
    image: int,
    base: int,
    events: Ints,
) -> None:
    """Words of row `m` that do not fit, of an overflow that does not clip."""
    low, high, overflow = epilogue.low, epilogue.high, epilogue.overflow
    kind = WRAPPED if overflow == WRAP else SATURATED
    for o in range(sums.shape[1]):
        whole = rounded(sums[m, o], floor, epilogue)
        if whole < low or whole > high:
            note_first(events, image, kind, base + o)
            events[image, kind, 0] += 1
            words[image, base + o] = fit(whole, low, high, overflow)
