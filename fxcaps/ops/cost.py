"""What an algorithm costs in hardware, in units that do not depend on a technology."""

from __future__ import annotations

from dataclasses import dataclass, field

from fxcaps.types import Overflow


@dataclass(frozen=True, slots=True)
class Multiplications:
    """Products of one shape that one vector needs.

    Args:
        count: products a vector; how many multipliers share them is the designer's choice.
        widths: bits of the two operands, the sign included where there is one.
    """

    count: int
    widths: tuple[int, int]

    def __str__(self) -> str:
        """`16 x 8·8`."""
        return f"{self.count} x {self.widths[0]}·{self.widths[1]}"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one vector costs: the components of `squash`, the logits of `softmax`, or one word.

    Additions, comparisons, shifts and the search for a leading one are not counted.

    Args:
        multiplications: by a word that is not known beforehand or is no power of two.
        table_bits: entries times the width of their words.
        divider_cycles: of a restoring divider that makes one quotient bit a cycle, over all
            divisions of the vector one after another; the bit that decides the rounding
            counts.
        root_cycles: of a square root that makes one bit a cycle.
    """

    multiplications: tuple[Multiplications, ...] = field(default=())
    table_bits: int = 0
    divider_cycles: int = 0
    root_cycles: int = 0


def products(*shapes: tuple[int, int, int]) -> tuple[Multiplications, ...]:
    """Products by count and operand widths; those of which there is none are left out."""
    return tuple(Multiplications(count, (a, b)) for count, a, b in shapes if count)


def root_bits(largest: int) -> int:
    """Bits of the integer root of a word up to `largest`: one for two bits of the radicand."""
    return (largest.bit_length() + 1) // 2


def word_bits(words: tuple[int, ...]) -> int:
    """Bits of a table's words, as narrow as all of them allow; a sign where one is negative."""
    signed = min(words) < 0
    return signed + max(1, max(word if word >= 0 else ~word for word in words).bit_length())


def multiplier_bits(word: int) -> int:
    """Bits of a constant factor; 0 for one that is a shift or nothing."""
    return 0 if word & (word - 1) == 0 else word.bit_length()


def quotient_bits(largest: int, out_bits: int, overflow: Overflow) -> int:
    """Bits of a quotient up to `largest` steps before rounding.

    One comparison before the first bit finds a quotient beyond the output, of which only a
    wrapping one needs the bits.
    """
    bits = max(largest.bit_length(), 1)
    return bits if overflow is Overflow.WRAP else min(bits, max(out_bits, 1))
