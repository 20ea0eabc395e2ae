"""Softmax by powers of two and by products of tables, reconstructed from the literature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from fxcaps.ops.cost import Cost, multiplier_bits, products
from fxcaps.ops.exponential import TABLE_FRACTION, exponential_table, logarithm_constants, span
from fxcaps.ops.operation import Arithmetic
from fxcaps.ops.softmax_lut import SummedExponentials, coefficient_cycles
from fxcaps.types import Format


@dataclass(frozen=True, kw_only=True)
class ApproximateExponentials(SummedExponentials):
    """Parameters of an algorithm whose words of exponentials are at most one.

    Args:
        exp: format of the exponentials, which holds one.
    """

    exp: Format

    def __post_init__(self) -> None:
        super().__post_init__()
        one = 1 << max(self.exp.frac, 0)
        self.require(
            self.exp.frac >= 0 and self.exp.contains(one), f"exp {self.exp} does not hold one"
        )

    @property
    def exp_frac(self) -> int:
        """Fraction bits of the exponentials."""
        return self.exp.frac

    def largest_words(self, x: Format) -> tuple[int, int]:  # noqa: ARG002 - whatever the logits
        """One for the largest logit; the others are at most one."""
        one = 1 << self.exp.frac
        return one, one


@dataclass(frozen=True, kw_only=True)
class PowersOfTwo(ApproximateExponentials):
    """Parameters of an algorithm that subtracts a logarithm in place of dividing.

    Args:
        log_frac: fraction bits of exponents and logarithms, at least 0.
    """

    log_frac: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.log_frac >= 0, "log_frac must not be negative")

    @property
    def constants(self) -> tuple[int, int, int]:
        """Words of the factors from the logits' base to two and back, and their fraction bits."""
        return 1, 1, 0

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:  # noqa: ARG002
        """Products with the factors that are no shifts: two a logit, one for the logarithm.

        An aligned distance to the largest logit has as many bits as a logit, shifted to the
        exponents' fraction. A logarithm is at most log2(dim), to which the second exponent
        adds no more than one bit.
        """
        x, (to_two, from_two, _) = inputs["x"], self.constants
        distance = max(x.width + self.log_frac - x.frac, 1)
        logarithm = self.log_frac + (dim - 1).bit_length().bit_length()
        forth, back = multiplier_bits(to_two), multiplier_bits(from_two)
        return Cost(
            multiplications=products(
                (dim if forth else 0, distance, forth),
                (1 if back else 0, logarithm, back),
                (dim if forth else 0, max(distance, logarithm) + 1, forth),
            )
        )


@dataclass(frozen=True, kw_only=True)
class SoftmaxB2(PowersOfTwo):
    """Softmax in base 2, a reconstruction: 2**(x - max - log2(sum of 2**(x - max))).

    A power 2**(u + v) of a whole u and a fraction v is taken as 2**u (1 + v), a logarithm
    log2(2**w k) of a k from 1 to 2 as w + k - 1, so that both are shifts. The function is
    `2**b[j] / sum over k of 2**b[k]`: the logits are not scaled to base e.

    Reconstructed: the formulas are known at second hand, widths and roundings are this
    specification's.

    Args:
        log_frac: fraction bits of exponents and logarithms, at least 0.
        exp: format of the powers that are summed, which holds one.
        accumulator: register of their sum; its fraction is that of `exp`.
        rounding: of the last power.
        overflow: of the rounded power.

    Source: specification page `ops/softmax.md`; after Marchisio et al. 2022, ISLPED,
    arXiv 2206.10200, softmax-b2.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "b2"

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """Parameters for words of format `x` and `out`.

        Exponents, logarithms and powers have two fraction bits more than the output: an error
        of half their step changes a coefficient of at most 1 by less than a quarter of an
        output step.
        """
        frac = _fitted_frac(out)
        return cls(
            log_frac=frac,
            exp=Format(False, frac + 1, frac),
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )


@dataclass(frozen=True, kw_only=True)
class SoftmaxLnu(PowersOfTwo):
    """Softmax with logarithms, a reconstruction: exp(x - max - ln(sum of exp(x - max))).

    An exponential is the power of two of its argument times log2(e), a logarithm is that to
    base 2 times ln(2); both are taken as in `SoftmaxB2`, and the factors are words.

    Reconstructed: the formulas are known at second hand, widths and roundings are this
    specification's.

    Args:
        log_frac: fraction bits of exponents and logarithms, at least 0.
        exp: format of the exponentials that are summed, which holds one.
        log2_e: word of log2(e), positive.
        ln_2: word of ln(2), positive.
        constant_frac: fraction bits of the two words, at least 0.
        accumulator: register of the sum; its fraction is that of `exp`.
        rounding: of the last exponential.
        overflow: of the rounded exponential.

    Source: specification page `ops/softmax.md`; after Marchisio et al. 2022, ISLPED,
    arXiv 2206.10200, softmax-lnu.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "lnu"

    log2_e: int
    ln_2: int
    constant_frac: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(min(self.log2_e, self.ln_2) > 0, "log2_e and ln_2 must be positive")
        self.require(self.constant_frac >= 0, "constant_frac must not be negative")

    @property
    def constants(self) -> tuple[int, int, int]:
        """Words of log2(e) and ln(2), and their fraction bits."""
        return self.log2_e, self.ln_2, self.constant_frac

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """Parameters for words of format `x` and `out`.

        As of `SoftmaxB2`; the factors have four fraction bits more than the exponents, so that
        their own rounding moves an exponent below 16 by less than a step.
        """
        frac = _fitted_frac(out)
        log2_e, ln_2 = logarithm_constants(frac + 4)
        return cls(
            log_frac=frac,
            exp=Format(False, frac + 1, frac),
            log2_e=log2_e,
            ln_2=ln_2,
            constant_frac=frac + 4,
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )


@dataclass(frozen=True, kw_only=True)
class SoftmaxTaylor(ApproximateExponentials):
    """Softmax with exponentials from two tables and a linear term, a reconstruction.

    exp(-(a + b + c)) of a whole a, the leading fraction bits b and the rest c is taken as the
    product of a table word for a, one for b, and 1 - c. Each is divided by the sum of all.

    Reconstructed: the formula is known at second hand, widths and roundings and the division
    are this specification's.

    Args:
        integers: words of exp(-a), a ascending from 0; the first is one.
        fractions: words of exp(-b / n), b ascending from 0 to n - 1 for the length n, a power
            of two; the first is one.
        table_frac: fraction bits of both tables, at least 0; no word is above one.
        exp: format of the exponentials that are summed, which holds one.
        accumulator: register of the sum; its fraction is that of `exp`.
        rounding: of the quotient.
        overflow: of the rounded quotient.

    Source: specification page `ops/softmax.md`; after Marchisio et al. 2022, ISLPED,
    arXiv 2206.10200, softmax-taylor.
    """

    operation: ClassVar[str] = "softmax"
    algorithm: ClassVar[str] = "taylor"

    integers: tuple[int, ...]
    fractions: tuple[int, ...]
    table_frac: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.table_frac >= 0, "table_frac must not be negative")
        one = 1 << self.table_frac
        for name, table in (("integers", self.integers), ("fractions", self.fractions)):
            self.require(table[:1] == (one,), f"{name}[0] must be one, {one}")
            outside = [word for word in table if not 0 <= word <= one]
            self.require(not outside, f"{name} word {(*outside, 0)[0]} is outside [0, {one}]")
        count = len(self.fractions)
        self.require(
            count.bit_count() == 1, f"the number of fractions must be a power of two, found {count}"
        )

    @property
    def fraction_bits(self) -> int:
        """Leading fraction bits that index the second table."""
        return len(self.fractions).bit_length() - 1

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """Parameters for words of format `x` and `out`.

        Tables and exponentials have two fraction bits more than the output. 1 - c is within
        c**2 / 2 of exp(-c): b has enough bits that this is at most an eighth of an output step.
        """
        frac = _fitted_frac(out)
        bits = (frac + 1) // 2
        integers = exponential_table(frac, 0, span(frac, 0))
        return cls(
            integers=integers[: integers.index(0) + 1],
            fractions=exponential_table(frac, bits, 1 << bits),
            table_frac=frac,
            exp=Format(False, frac + 1, frac),
            rounding=arithmetic.rounding,
            overflow=arithmetic.overflow,
        )

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:
        """Two tables, one or two products and a division for each coefficient.

        Without a rest behind the leading fraction bits there is no linear term; with one, it is
        at most 1 and has the logits' fraction.
        """
        word, frac = self.table_frac + 1, inputs["x"].frac
        linear = dim if frac > self.fraction_bits else 0
        return Cost(
            multiplications=products((dim, word, word), (linear, 2 * word, frac + 1)),
            table_bits=(len(self.integers) + len(self.fractions)) * word,
            divider_cycles=dim * coefficient_cycles(out),
        )


def _fitted_frac(out: Format) -> int:
    """Two fraction bits more than the output, within those of a table word."""
    return max(1, min(out.frac + 2, TABLE_FRACTION))
