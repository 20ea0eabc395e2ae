"""Orders: in which products meet the register, and what they pass through before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxcaps.types.format import Format
from fxcaps.types.overflow import Overflow
from fxcaps.types.rejection import Reason, Rejection
from fxcaps.types.rounding import Rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequential:
    """One product after another, ascending; source: specification page `accumulators.md`."""

    kind: ClassVar[str] = "sequential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairwise:
    """Groups of consecutive products are summed first, then each group joins the register.

    Args:
        size: products of a group, at least 2; the last group has what is left.
        node: format that holds the sums within a group, in the fraction of the products; `None`
            is the unbounded integer.

    Source: specification page `accumulators.md`.
    """

    kind: ClassVar[str] = "pairwise"

    size: int = 2
    node: Format | None = None

    def __post_init__(self) -> None:
        _expect("pairwise.size", self.size, int)
        _expect("pairwise.node", self.node, Format | None)
        if self.size < 2:
            raise _invalid(f"a group has at least 2 products, found {self.size}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Neighbours are added level by level until one sum is left, which joins the register.

    Args:
        node: format that holds every sum of the tree, in the fraction of the products; `None`
            is the unbounded integer. An odd one out moves up a level as it is.

    Source: specification page `accumulators.md`.
    """

    kind: ClassVar[str] = "tree"

    node: Format | None = None

    def __post_init__(self) -> None:
        _expect("tree.node", self.node, Format | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permutation:
    """One product after another in a stated order.

    Args:
        positions: the product at `positions[k]` is the k-th to be added; every position of the
            sequential order exactly once.

    Source: specification page `accumulators.md`.
    """

    kind: ClassVar[str] = "permutation"

    positions: tuple[int, ...]

    def __post_init__(self) -> None:
        _expect("permutation.positions", self.positions, tuple)
        if sorted(self.positions) != list(range(len(self.positions))):
            raise _invalid(
                f"a permutation names each of its {len(self.positions)} positions from 0 once"
            )


Order = Sequential | Pairwise | Tree | Permutation

ORDERS: tuple[type[Order], ...] = (Sequential, Pairwise, Tree, Permutation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A partial sum that is written out after every `count` products and read back.

    Args:
        count: products of a tile, at least 1; groups and trees end with their tile.
        spill: format of the partial sum in memory; its fraction is at most the register's.
        rounding: of the register to `spill`.
        overflow: of the rounded partial sum.

    Source: specification page `accumulators.md`.
    """

    count: int
    spill: Format
    rounding: Rounding = Rounding.FLOOR
    overflow: Overflow = Overflow.SATURATE

    def __post_init__(self) -> None:
        kinds = {"count": int, "spill": Format, "rounding": Rounding, "overflow": Overflow}
        for name, kind in kinds.items():
            _expect(f"tile.{name}", getattr(self, name), kind)
        if self.count < 1:
            raise _invalid(f"a tile has at least 1 product, found {self.count}")
        if self.overflow is Overflow.REJECT:
            raise _invalid("a spilled partial sum cannot be rejected")


def _expect(name: str, value: object, kind: object) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):  # type: ignore[arg-type]
        raise _invalid(f"{name} is {value!r}, which is not of its type")


def _invalid(message: str) -> Rejection:
    return Rejection(Reason.PARAMETER_INVALID, f"accumulator: {message}")
