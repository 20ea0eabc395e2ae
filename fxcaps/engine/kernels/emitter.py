"""What writers of compiled code share: memory at any address, and vectors of one word."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

LANE, INTEGER = ir.IntType(32), ir.IntType(64)
"""A word of a vector, and an address or a count."""


class Emitter:
    """Writes to a builder; nothing in memory is aligned."""

    def __init__(self, builder: Any, lanes: int) -> None:
        self.builder = builder
        self.lanes = lanes
        self.vector = ir.VectorType(LANE, lanes)

    def pointer(self, address: Any, kind: Any) -> Any:
        """The address as a pointer to `kind`."""
        return self.builder.inttoptr(address, kind.as_pointer())

    def load(self, address: Any, kind: Any) -> Any:
        """What stands at the address."""
        loaded = self.builder.load(self.pointer(address, kind))
        loaded.align = 1
        return loaded

    def store(self, value: Any, address: Any) -> None:
        """Put the value at the address."""
        self.builder.store(value, self.pointer(address, value.type)).align = 1

    def after(self, address: Any, count: int) -> Any:
        """The address `count` bytes on."""
        return self.builder.add(address, ir.Constant(INTEGER, count))

    def element(self, address: Any, index: Any, size: int) -> Any:
        """The address of the element `index` of an array of `size` bytes each."""
        builder = self.builder
        return builder.add(address, builder.mul(index, ir.Constant(INTEGER, size)))

    def repeated(self, word: Any) -> Any:
        """A vector whose every lane is the word."""
        nothing = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(nothing, word, ir.Constant(LANE, 0))
        zeros = ir.Constant(ir.VectorType(LANE, self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(first, nothing, zeros)
