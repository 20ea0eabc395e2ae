"""The words of a line of sums, sixteen at a time."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fxcaps.engine.kernels.emitter import INTEGER, LANE, Emitter

_LANES = 16
_VECTOR, _FLAGS = ir.VectorType(LANE, _LANES), ir.VectorType(ir.IntType(1), _LANES)


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


class _Emitter(Emitter):
    """Writes the loop of one line."""

    def __init__(self, builder: Any, word_bytes: int, scalars: Any) -> None:
        super().__init__(builder, _LANES)
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
        ) = (self.repeated(builder.trunc(scalar, LANE)) for scalar in scalars)
        one = ir.Constant(_VECTOR, [1] * _LANES)
        self.dropped = builder.sub(builder.shl(one, self.drop), one)
        self.order = ir.Constant(_VECTOR, list(range(_LANES)))
        self.zero = ir.Constant(_VECTOR, [0] * _LANES)

    def loop(self, sums: Any, count: Any, words: Any) -> Any:
        """Whole vectors, then what is left of one."""
        builder = self.builder
        slot: Any = cgutils.alloca_once_value
        counts = [slot(builder, ir.Constant(INTEGER, 0)) for _ in range(2)]
        whole = builder.lshr(count, ir.Constant(INTEGER, 4))
        with cgutils.for_range(builder, whole) as chunk:
            at = builder.shl(chunk.index, ir.Constant(INTEGER, 4))
            made = self._words(self.load(self.element(sums, at, 4), _VECTOR), None, counts)
            self.store(made, self.element(words, at, self.bytes))
        done = builder.shl(whole, ir.Constant(INTEGER, 4))
        rest = builder.sub(count, done)
        with builder.if_then(builder.icmp_signed(">", rest, ir.Constant(INTEGER, 0))):
            left = self.repeated(builder.trunc(rest, LANE))
            kept = builder.icmp_signed("<", self.order, left)
            few = slot(builder, self.zero)
            first = builder.ptrtoint(few, INTEGER)
            with cgutils.for_range(builder, rest) as lane:
                one = self.load(self.element(sums, builder.add(done, lane.index), 4), LANE)
                self.store(one, self.element(first, lane.index, 4))
            made = self._words(builder.load(few), kept, counts)
            with cgutils.for_range(builder, rest) as lane:
                word = builder.extract_element(made, builder.trunc(lane.index, LANE))
                self.store(word, self.element(words, builder.add(done, lane.index), self.bytes))
        inexact, changed = (builder.load(count) for count in counts)
        return builder.or_(inexact, builder.shl(changed, ir.Constant(INTEGER, 32)))

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
            flags = builder.ctpop(builder.bitcast(seen, ir.IntType(_LANES)))
            total = builder.add(builder.load(count), builder.zext(flags, INTEGER))
            builder.store(total, count)
        if self.bytes == 4:
            return word
        return builder.trunc(word, ir.VectorType(self.word, _LANES))

    def _larger(self, first: Any, second: Any) -> Any:
        builder = self.builder
        return builder.select(builder.icmp_signed(">", first, second), first, second)


LINE8, LINE16, LINE32 = (_line(word_bytes) for word_bytes in (1, 2, 4))
