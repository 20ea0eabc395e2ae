"""Multiply-add instructions on vectors, one table: what each reads, and what the CPU has.

All of them add products of neighbouring narrow integers to lanes of 32 bits, modulo 2**32.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from llvmlite import binding, ir
from numba import config
from numba.core import cgutils

from fxcaps.engine.kernels.emitter import LANE


class Path(StrEnum):
    """How sums of products are formed; every path gives the same words and events."""

    VNNI8 = "vnni8"
    """AVX-512 VNNI on words of 8 bits."""

    VNNI16 = "vnni16"
    """AVX-512 VNNI on words of 16 bits."""

    AVX2 = "avx2"
    """AVX2 on words of 16 bits."""

    PORTABLE = "portable"
    """Vectors of 16-bit words on any CPU, as the compiler likes."""

    FLOAT32 = "float32"
    """Matrix products of floats below 2**24, where every integer is one."""

    FLOAT64 = "float64"
    """Matrix products of doubles below 2**53."""

    INT64 = "int64"
    """Loops over 64-bit integers, in the order that the step states."""


@dataclass(frozen=True)
class Instruction:
    """A multiply-add: `lanes` sums of `4 / word_bytes` products each.

    Args:
        features: of the CPU that it needs, as LLVM names them.
        lanes: sums of 32 bits in a register.
        word_bytes: 1 for unsigned activations times signed weights, 2 for signed ones.
        name: LLVM's, empty for plain vector code.
        tiles: rows and registers of sums that are held at a time, the widest first.
    """

    features: tuple[str, ...]
    lanes: int
    word_bytes: int
    name: str
    tiles: tuple[tuple[int, int], ...]

    def emit(self, builder: Any, total: Any, row: Any, weights: Any) -> Any:
        """Add the products of `row`, four bytes repeated, and `weights` to `total`."""
        if not self.name:
            return _plain(builder, total, row, weights, self.lanes)
        vector = ir.VectorType(LANE, self.lanes)
        declare: Any = cgutils.get_or_insert_function
        if self.name.startswith("llvm.x86.avx2"):
            pairs = ir.VectorType(ir.IntType(16), 2 * self.lanes)
            kind = ir.FunctionType(vector, [pairs, pairs])
            function = declare(builder.module, kind, self.name)
            given = [builder.bitcast(words, pairs) for words in (row, weights)]
            return builder.add(total, builder.call(function, given))
        kind = ir.FunctionType(vector, [vector] * 3)
        function = declare(builder.module, kind, self.name)
        return builder.call(function, [total, row, weights])


INSTRUCTIONS = {
    Path.VNNI8: Instruction(
        ("avx512f", "avx512vnni"), 16, 1, "llvm.x86.avx512.vpdpbusd.512", ((6, 4), (12, 1))
    ),
    Path.VNNI16: Instruction(
        ("avx512f", "avx512vnni"), 16, 2, "llvm.x86.avx512.vpdpwssd.512", ((6, 4), (12, 1))
    ),
    Path.AVX2: Instruction(("avx2",), 8, 2, "llvm.x86.avx2.pmadd.wd", ((4, 2),)),
    Path.PORTABLE: Instruction((), 16, 2, "", ((4, 1),)),
}


@cache
def cpu_features() -> frozenset[str]:
    """Features that compiled code may use: the host's, or what numba was told."""
    told: dict[str, Any] = vars(config)
    if told["CPU_FEATURES"] is not None or told["CPU_NAME"] is not None:
        given = (told["CPU_FEATURES"] or "").split(",")
        return frozenset(name[1:] for name in given if name.startswith("+"))
    return frozenset(name for name, has in binding.get_host_cpu_features().items() if has)


def available(path: Path) -> bool:
    """Whether this CPU can take a path."""
    instruction = INSTRUCTIONS.get(path)
    return instruction is None or cpu_features().issuperset(instruction.features)


def _plain(builder: Any, total: Any, row: Any, weights: Any, lanes: int) -> Any:
    """Pairs of 16-bit words multiplied and added in vectors of 32 bits, for any CPU."""
    pairs = ir.VectorType(ir.IntType(16), 2 * lanes)
    vector = ir.VectorType(LANE, lanes)
    nothing = ir.Constant(pairs, ir.Undefined)
    for first in (0, 1):
        places = ir.Constant(
            ir.VectorType(LANE, lanes), [2 * lane + first for lane in range(lanes)]
        )
        halves = [
            builder.sext(
                builder.shuffle_vector(builder.bitcast(words, pairs), nothing, places), vector
            )
            for words in (row, weights)
        ]
        total = builder.add(total, builder.mul(*halves))
    return total
