"""Fixed-point formats: which integers are words and what a word is worth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from fxcaps.types.rejection import Reason, Rejection

_CANONICAL = re.compile(r"([su])([1-9][0-9]*)f(0|-?[1-9][0-9]*)")
_Q_NOTATION = re.compile(r"(U?)Q(-?[0-9]+)\.(-?[0-9]+)")
_MATLAB = re.compile(r"([su])fix([1-9][0-9]*)(?:_E(n?)([0-9]+))?")
_QONNX = re.compile(r"(U?)FIXED<([1-9][0-9]*),(-?[0-9]+)>")

_CONTAINERS = (1, 2, 4, 8)
"""Container sizes in bytes that C, NumPy and memory dumps share."""


@dataclass(frozen=True, slots=True)
class Format:
    """A fixed-point format: integers of `width` bits whose value is `word * 2**-frac`.

    Args:
        signed: two's complement when true, plain binary otherwise.
        width: bits of a word, the sign bit included; at least 1.
        frac: fraction bits; may be negative or exceed `width`.

    Source: specification page `numbers.md`, clauses NUM-1 to NUM-3.
    """

    signed: bool
    width: int
    frac: int

    def __post_init__(self) -> None:
        if not isinstance(self.signed, bool):
            raise _invalid(f"signed must be true or false, found {self.signed!r}")
        for name, value in (("width", self.width), ("frac", self.frac)):
            if not isinstance(value, int) or isinstance(value, bool):
                raise _invalid(f"{name} must be an integer, found {value!r}")
        if self.width < 1:
            raise _invalid(f"width must be at least 1, found {self.width}")

    @property
    def min(self) -> int:
        """The smallest word."""
        return -(1 << (self.width - 1)) if self.signed else 0

    @property
    def max(self) -> int:
        """The largest word."""
        return (1 << (self.width - 1)) - 1 if self.signed else (1 << self.width) - 1

    @property
    def step(self) -> Fraction:
        """The value of one least significant bit."""
        return Fraction(1, 1 << self.frac) if self.frac >= 0 else Fraction(1 << -self.frac)

    @property
    def container_bytes(self) -> int:
        """Bytes of the smallest signed container that holds every word (1, 2, 4 or 8).

        Rejects formats wider than 63 value bits with `FORMAT_INVALID`.
        """
        for size in _CONTAINERS:
            if self.width + (not self.signed) <= 8 * size:
                return size
        raise _invalid(f"{self} has no signed container of at most 64 bits")

    def contains(self, word: int) -> bool:
        """Tell whether `word` is a word of this format."""
        return self.min <= word <= self.max

    def value(self, word: int) -> Fraction:
        """Return the exact value of `word`."""
        return word * self.step

    def __str__(self) -> str:
        return f"{'s' if self.signed else 'u'}{self.width}f{self.frac}"

    @classmethod
    def parse(cls, text: str | Format) -> Format:
        """Read the canonical text, such as `s8f5`, `u16f16` or `s8f-2`.

        Rejects anything else with `FORMAT_INVALID`; the bare Q notation is refused because Arm
        counts the sign bit in its first number and TI does not.
        """
        if isinstance(text, Format):
            return text
        if not isinstance(text, str):
            raise _invalid(f"a format is text such as 's8f5', found {text!r}")
        found = _CANONICAL.fullmatch(text)
        if found:
            return cls(found[1] == "s", int(found[2]), int(found[3]))
        if _Q_NOTATION.fullmatch(text):
            raise _invalid(
                f"{text!r} is ambiguous: Arm counts the sign bit in the first number and TI does "
                "not; use Format.from_arm or Format.from_ti"
            )
        raise _invalid(f"expected a format such as 's8f5' or 'u16f16', found {text!r}")

    @classmethod
    def from_arm(cls, text: str) -> Format:
        """Read Arm's Qm.n and UQm.n, where m counts the sign bit: Q8.8 is 16 bits, `s16f8`."""
        unsigned, integer, frac = _q_parts(text)
        return cls(not unsigned, integer + frac, frac)

    @classmethod
    def from_ti(cls, text: str) -> Format:
        """Read TI's Qm.n and UQm.n, where m leaves the sign bit out: Q7.8 is 16 bits, `s16f8`."""
        unsigned, integer, frac = _q_parts(text)
        return cls(not unsigned, integer + frac + (not unsigned), frac)

    @classmethod
    def from_ap(cls, width: int, integer: int, *, signed: bool = True) -> Format:
        """Read ap_fixed<W, I>, ac_fixed<W, I> and sc_fixed<W, I>; I counts the sign bit."""
        return cls(signed, width, width - integer)

    @classmethod
    def from_vhdl(cls, high: int, low: int, *, signed: bool = True) -> Format:
        """Read VHDL-2008 sfixed(high downto low), ufixed with `signed=False`."""
        if high < low:
            raise _invalid(f"VHDL range ({high} downto {low}) is empty")
        return cls(signed, high - low + 1, -low)

    @classmethod
    def from_matlab(cls, text: str) -> Format:
        """Read MATLAB's `sfix16_En8` (8 fraction bits), `ufix8_E3` (scaled by 2**3), `sfix8`."""
        found = _matched(_MATLAB, text, "a MATLAB type such as 'sfix16_En8'")
        exponent = int(found[4] or 0)
        return cls(found[1] == "s", int(found[2]), exponent if found[3] else -exponent)

    @classmethod
    def from_qonnx(cls, text: str) -> Format:
        """Read QONNX's `FIXED<W,I>` and `UFIXED<W,I>`; I counts the sign bit."""
        found = _matched(_QONNX, text, "a QONNX type such as 'FIXED<16,8>'")
        return cls(not found[1], int(found[2]), int(found[2]) - int(found[3]))


def _q_parts(text: str) -> tuple[bool, int, int]:
    found = _matched(_Q_NOTATION, text, "Q notation such as 'Q8.8' or 'UQ8.8'")
    return bool(found[1]), int(found[2]), int(found[3])


def _matched(pattern: re.Pattern[str], text: object, what: str) -> re.Match[str]:
    found = pattern.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise _invalid(f"expected {what}, found {text!r}")
    return found


def _invalid(message: str) -> Rejection:
    return Rejection(Reason.FORMAT_INVALID, message)
