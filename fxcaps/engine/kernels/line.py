"""The words of a line of sums, sixteen at a time."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_LANES = 16
_LANE, _INTEGER = ir.IntType(32), ir.IntType(64)
_VECTOR, _FLAGS = ir.VectorType(_LANE, _LANES), ir.VectorType(ir.IntType(1), _LANES)


def _line(word_bytes: int) -> Any:
    """A function of compiled code that writes words of `word_bytes` bytes.

    `line(sums, count, words, floor, drop, lift, even, odd, minus_even, minus_odd, low, high)`
    brings `count` sums of 32 bits at the address `sums` to words at the address `words`: at least
    `floor`, shifted right by `drop` and rounded up where what is dropped reaches the threshold
    for a floor of its sign and parity, shifted left by `lift`, clipped to [`low`, `high`].
    Returns how many were rounded and, times 2**32, how many were clipped.
    """

    @intrinsic
    def line(
        typing: Any,  # noqa: ARG001 - numba's signature
        sums: Any,  # noqa: ARG001
        count: Any,  # noqa: ARG001
        words: Any,  # noqa: ARG001
        floor: Any,  # noqa: ARG001
        drop: Any,  # noqa: ARG001
        lift: Any,  # noqa: ARG001
        even: Any,  # noqa: ARG001
        odd: Any,  # noqa: ARG001
        minus_even: Any,  # noqa: ARG001
        minus_odd: Any,  # noqa: ARG001
        low: Any,  # noqa: ARG001
        high: Any,  # noqa: ARG001
    ) -> Any:
        signature = types.intp(*[types.intp] * 12)

        def emit(context: Any, builder: Any, _: Any, given: Any) -> Any:  # noqa: ARG001
            return _Emitter(builder, word_bytes, given[3:]).loop(*given[:3])

        return signature, emit

    return line


class _Emitter:
    """Writes the loop of one line."""

    def __init__(self, builder: Any, word_bytes: int, scalars: Any) -> None:
        self.builder = builder
        self.bytes = word_bytes
        self.word = ir.IntType(8 * word_bytes)
        (
            self.floor,
            self.drop,
            self.lift,
            self.even,
            self.odd,
            self.minus_even,
            self.minus_odd,
            self.low,
            self.high,
        ) = (self._repeated(builder.trunc(scalar, _LANE)) for scalar in scalars)
        one = ir.Constant(_VECTOR, [1] * _LANES)
        self.dropped = builder.sub(builder.shl(one, self.drop), one)
        self.lanes = ir.Constant(_VECTOR, list(range(_LANES)))
        self.zero = ir.Constant(_VECTOR, [0] * _LANES)

    def loop(self, sums: Any, count: Any, words: Any) -> Any:
        """Whole vectors, then what is left of one."""
        builder = self.builder
        slot: Any = cgutils.alloca_once_value
        counts = [slot(builder, self.zero) for _ in range(2)]
        whole = builder.lshr(count, ir.Constant(_INTEGER, 4))
        with cgutils.for_range(builder, whole) as chunk:
            at = builder.shl(chunk.index, ir.Constant(_INTEGER, 4))
            loaded = builder.load(self._pointer(sums, at, _VECTOR, 4))
            loaded.align = 1
            made = self._words(loaded, None, counts)
            builder.store(made, self._pointer(words, at, made.type, self.bytes)).align = 1
        done = builder.shl(whole, ir.Constant(_INTEGER, 4))
        rest = builder.sub(count, done)
        with builder.if_then(builder.icmp_signed(">", rest, ir.Constant(_INTEGER, 0))):
            left = self._repeated(builder.trunc(rest, _LANE))
            kept = builder.icmp_signed("<", self.lanes, left)
            few = slot(builder, self.zero)
            first = builder.ptrtoint(few, _INTEGER)
            with cgutils.for_range(builder, rest) as lane:
                one = builder.load(self._pointer(sums, builder.add(done, lane.index), _LANE, 4))
                builder.store(one, self._pointer(first, lane.index, _LANE, 4))
            made = self._words(builder.load(few), kept, counts)
            with cgutils.for_range(builder, rest) as lane:
                word = builder.extract_element(made, builder.trunc(lane.index, _LANE))
                place = self._pointer(words, builder.add(done, lane.index), self.word, self.bytes)
                builder.store(word, place).align = 1
        inexact, changed = (self._total(builder.load(count)) for count in counts)
        return builder.or_(inexact, builder.shl(changed, ir.Constant(_INTEGER, 32)))

    def _words(self, sums: Any, kept: Any, counts: list[Any]) -> Any:
        """The words of one vector of sums; lanes that are not kept count nothing."""
        builder = self.builder
        value = self._larger(sums, self.floor)
        floor = builder.ashr(value, self.drop)
        rest = builder.and_(value, self.dropped)
        parity = builder.trunc(floor, _FLAGS)
        least = builder.select(
            builder.icmp_signed("<", floor, self.zero),
            builder.select(parity, self.minus_odd, self.minus_even),
            builder.select(parity, self.odd, self.even),
        )
        up = builder.zext(builder.icmp_signed(">=", rest, least), _VECTOR)
        rounded = builder.shl(builder.add(floor, up), self.lift)
        above = self._larger(rounded, self.low)
        word = builder.select(builder.icmp_signed("<", above, self.high), above, self.high)
        inexact = builder.icmp_signed("!=", rest, self.zero)
        changed = builder.icmp_signed("!=", word, rounded)
        for count, happened in zip(counts, (inexact, changed), strict=True):
            seen = happened if kept is None else builder.and_(happened, kept)
            total = builder.add(builder.load(count), builder.zext(seen, _VECTOR))
            builder.store(total, count)
        if self.bytes == 4:
            return word
        return builder.trunc(word, ir.VectorType(self.word, _LANES))

    def _larger(self, first: Any, second: Any) -> Any:
        builder = self.builder
        return builder.select(builder.icmp_signed(">", first, second), first, second)

    def _total(self, vector: Any) -> Any:
        builder = self.builder
        total = ir.Constant(_INTEGER, 0)
        for lane in range(_LANES):
            one = builder.extract_element(vector, ir.Constant(_LANE, lane))
            total = builder.add(total, builder.zext(one, _INTEGER))
        return total

    def _repeated(self, word: Any) -> Any:
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = self.builder.insert_element(nothing, word, ir.Constant(_LANE, 0))
        zeros = ir.Constant(ir.VectorType(_LANE, _LANES), [0] * _LANES)
        return self.builder.shuffle_vector(first, nothing, zeros)

    def _pointer(self, address: Any, index: Any, kind: Any, size: int) -> Any:
        builder = self.builder
        at = builder.add(address, builder.mul(index, ir.Constant(_INTEGER, size)))
        return builder.inttoptr(at, kind.as_pointer())


LINE8, LINE16, LINE32 = (_line(word_bytes) for word_bytes in (1, 2, 4))
