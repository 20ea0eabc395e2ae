"""The inner loop of products: a few rows of activations times a panel of weights, in registers."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fxcaps.engine.kernels.emitter import INTEGER, LANE, Emitter
from fxcaps.engine.kernels.instructions import INSTRUCTIONS, Instruction, Path, available


def _tile(path: Path, rows: int, registers: int) -> Any:
    """A function of compiled code; it does nothing on a CPU without the instruction.

    `tile(x, offsets, weights, segments, stride, groups, sums)` adds to `sums (rows, width)` of
    32 bits, `width = registers * lanes`, the products of `rows` rows of activations with a panel.
    Row r starts `offsets[r]` bytes after the address `x` and consists of `segments` segments that
    are `stride` bytes apart, of `groups` groups of four bytes each. The panel at the address
    `weights` holds for every segment and group four bytes for each of the `width` sums.
    Nothing is aligned; sums wrap modulo 2**32. Bytes that a row has too many meet zero weights.
    """
    instruction = INSTRUCTIONS[path]

    @intrinsic
    def tile(
        typing: Any,  # noqa: ARG001 - numba's signature
        x: Any,  # noqa: ARG001
        offsets: Any,  # noqa: ARG001
        weights: Any,  # noqa: ARG001
        segments: Any,  # noqa: ARG001
        stride: Any,  # noqa: ARG001
        groups: Any,  # noqa: ARG001
        sums: Any,  # noqa: ARG001
    ) -> Any:
        signature = types.void(*[types.intp] * 7)

        def emit(context: Any, builder: Any, _: Any, given: Any) -> Any:
            if available(path):
                _Emitter(builder, instruction, rows, registers).loops(*given)
            return context.get_dummy_value()

        return signature, emit

    return tile


class _Emitter(Emitter):
    """Writes the loops of one tile."""

    def __init__(self, builder: Any, instruction: Instruction, rows: int, registers: int) -> None:
        super().__init__(builder, instruction.lanes)
        self.instruction = instruction
        self.rows = rows
        self.registers = registers
        self.bytes = 4 * instruction.lanes

    def loops(
        self, x: Any, offsets: Any, weights: Any, segments: Any, stride: Any, groups: Any, sums: Any
    ) -> None:
        """Sums into registers, all segments and groups, sums back."""
        builder = self.builder
        starts = [
            builder.add(x, self.load(self.after(offsets, 8 * row), INTEGER))
            for row in range(self.rows)
        ]
        places = [self.after(sums, self.bytes * k) for k in range(self.rows * self.registers)]
        slot: Any = cgutils.alloca_once_value  # on the stack; the compiler makes it a register
        totals = [slot(builder, self.load(place, self.vector)) for place in places]
        panel = slot(builder, weights)
        with cgutils.for_range(builder, segments) as segment:
            skipped = builder.mul(segment.index, stride)
            begins = [builder.add(start, skipped) for start in starts]
            with cgutils.for_range(builder, groups) as group:
                at = builder.mul(group.index, ir.Constant(INTEGER, 4))
                self._step([builder.add(begin, at) for begin in begins], panel, totals)
        for place, total in zip(places, totals, strict=True):
            self.store(builder.load(total), place)

    def _step(self, rows: list[Any], panel: Any, totals: list[Any]) -> None:
        """One group of every row."""
        builder, registers = self.builder, self.registers
        begin = builder.load(panel)
        weights = [
            self.load(self.after(begin, self.bytes * k), self.vector) for k in range(registers)
        ]
        for r, row in enumerate(rows):
            word = self.repeated(self.load(row, LANE))
            for k, weight in enumerate(weights):
                total = totals[r * registers + k]
                builder.store(
                    self.instruction.emit(builder, builder.load(total), word, weight), total
                )
        builder.store(self.after(begin, self.bytes * registers), panel)


VNNI8_WIDE = _tile(Path.VNNI8, *INSTRUCTIONS[Path.VNNI8].tiles[0])
VNNI8_SLIM = _tile(Path.VNNI8, *INSTRUCTIONS[Path.VNNI8].tiles[1])
VNNI16_WIDE = _tile(Path.VNNI16, *INSTRUCTIONS[Path.VNNI16].tiles[0])
VNNI16_SLIM = _tile(Path.VNNI16, *INSTRUCTIONS[Path.VNNI16].tiles[1])
AVX2_SLIM = _tile(Path.AVX2, *INSTRUCTIONS[Path.AVX2].tiles[0])
PORTABLE_SLIM = _tile(Path.PORTABLE, *INSTRUCTIONS[Path.PORTABLE].tiles[0])
