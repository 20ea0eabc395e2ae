"""How words become the lines and bytes of memory files (specification page `vectors.md`)."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fxcaps.network.digest import to_container
from fxcaps.types import Format, Reason, Rejection

Words = NDArray[np.int64]


def beats(words: Sequence[int], format: Format, lanes: int = 1) -> list[str]:
    """Memory words of `lanes` words each, as hexadecimal digits.

    Lane 0 lies in the least significant bits; every word is two's complement masked to its
    width; the lanes that the last beat lacks, and the bits above the highest lane, are 0.
    """
    mask, width = (1 << format.width) - 1, format.width
    digits = -(-lanes * width // 4)
    lines = []
    for start in range(0, len(words), lanes):
        beat = 0
        for lane, word in enumerate(words[start : start + lanes]):
            beat |= (int(word) & mask) << (lane * width)
        lines.append(f"{beat:0{digits}x}")
    return lines


def keep_masks(count: int, lanes: int) -> list[str]:
    """Which lanes of each beat hold words, bit `k` for lane `k`; `count` words in all."""
    digits = -(-lanes // 4)
    lengths = [min(lanes, count - start) for start in range(0, count, lanes)]
    return [f"{(1 << length) - 1:0{digits}x}" for length in lengths]


def packed(words: Words, format: Format, bits: int) -> bytes:
    """Words of `bits` bits without gaps, each row padded with zeros to whole bytes.

    A row is the last axis. Word `k` of a row has the bits from `k * bits`, least significant
    first, of the row read as one little-endian integer, sign-extended from its width.

    Rejects fewer bits than the format's width with `FORMAT_INVALID`.
    """
    if bits < format.width:
        raise Rejection(Reason.FORMAT_INVALID, f"{bits} bits do not hold the words of {format}")
    rows = words.reshape(-1, words.shape[-1] if words.ndim else 1)
    positions = np.arange(bits, dtype=np.int64)
    # Bits from the 64th on repeat the sign, which an arithmetic shift by 63 gives.
    spread = (rows[:, :, None] >> np.minimum(positions, 63)) & 1
    flat = spread.reshape(len(rows), -1).astype(np.uint8)
    return np.packbits(flat, axis=1, bitorder="little").tobytes()


def row_bytes(words: Words, bits: int) -> int:
    """Bytes of a row as `packed` writes it."""
    return -(-(words.shape[-1] if words.ndim else 1) * bits // 8)


def literal(word: int, bits: int) -> str:
    """A constant of C of a type of `bits` bits; the lowest one is an expression."""
    if bits < 64:
        return str(word) if word != -(1 << 31) else "(-2147483647 - 1)"
    return f"INT64_C({word})" if word != -(1 << 63) else "(-INT64_C(9223372036854775807) - 1)"


def c_lines(words: Sequence[int], bits: int, row: int = 16) -> list[str]:
    """Constants of C for the inside of a braced list, `row` a line."""
    texts = [literal(int(word), bits) for word in words]
    return [f"  {', '.join(texts[k : k + row])}," for k in range(0, len(texts), row)]


def npy(words: Words, format: Format) -> bytes:
    """A `.npy` file of words in their container."""
    stream = io.BytesIO()
    array = to_container(words, format)
    np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
    return stream.getvalue()
