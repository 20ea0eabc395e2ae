"""What the integer algorithms of squash share: the register of the sum of squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxcaps.ops.cost import Cost, products, root_bits
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.ops.sums import Interval, partial_sums
from fxcaps.types import Accumulator, Format, Overflow


@dataclass(frozen=True, kw_only=True)
class SummedSquares(FittedParameters):
    """Parameters of an algorithm that sums the squares of a vector in a register.

    Args:
        accumulator: register of the sum of squares; its fraction is that of the products.
    """

    operation: ClassVar[str] = "squash"

    accumulator: Accumulator = Accumulator()


def lifted_frac(x: Format) -> int:
    """Fraction bits of a component after a negative fraction became zero by a left shift."""
    return max(x.frac, 0)


def lifted_magnitude(x: Format) -> int:
    """Largest magnitude of such a component."""
    return max(x.max, -x.min) << max(-x.frac, 0)


def squares_interval(accumulator: Accumulator, x: Format, dim: int) -> Interval:
    """Range of every partial sum of the squares of `dim` lifted components."""
    ends, frac = (0, dim * lifted_magnitude(x) ** 2), 2 * lifted_frac(x)
    return partial_sums(accumulator, ends, dim, frac=frac, out=frac)


def integer_bits(x: Format) -> int:
    """The least k with every magnitude of a format at most 2**k; may be negative."""
    return x.width - x.signed - x.frac


def factor_bits(x: Format, out: Format) -> int:
    """Fraction bits of a factor whose rounding costs at most 1/16 output step.

    A component is at most 2**integer_bits(x), half a step of the factor 2**-(bits + 1).
    """
    return max(1, out.frac + integer_bits(x) + 3)


def root_guard(x: Format, out: Format) -> int:
    """Guard bits of a root whose floor costs less than 1/16 output step.

    The floor costs less than 2**(out.frac - x.frac - guard - 1) output steps
    (|s| / (1 + |s|**2) is at most 1/2), so three bits above the difference of the
    fractions are enough.
    """
    return max(0, out.frac - lifted_frac(x) + 3)


def squares_cost(x: Format, dim: int, *more: tuple[int, int, int], **others: int) -> Cost:
    """The cost of one square a component, and of what else is named."""
    width = lifted_width(x)
    return Cost(multiplications=products((dim, width, width), *more), **others)


def lifted_width(x: Format) -> int:
    """Bits of a component after that shift."""
    return x.width + max(-x.frac, 0)


def norm_bits(x: Format, dim: int, guard: int) -> int:
    """Bits of the integer root of a sum of squares, which are the cycles that it takes."""
    return root_bits(dim * lifted_magnitude(x) ** 2 << 2 * guard)


def factor_products(x: Format, dim: int, factor: Format) -> tuple[int, int, int]:
    """One product of component and factor a component."""
    return dim, lifted_width(x), factor.width


def holds_symmetric(format: Format, overflow: Overflow) -> bool:
    """Whether a format has words for an overflow mode."""
    return overflow is not Overflow.SATURATE_SYMMETRIC or not format.signed or format.width > 1
