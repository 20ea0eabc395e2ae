"""What algorithms cost, against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from fxcaps.ops import (
    DivideExact,
    DivideReciprocal,
    Isqrt,
    Parameters,
    SigmoidLut,
    SoftmaxB2,
    SoftmaxConstant,
    SoftmaxExact,
    SoftmaxLnu,
    SoftmaxLut,
    SoftmaxLutReciprocal,
    SoftmaxQ7,
    SoftmaxTaylor,
    SquashExact,
    SquashExp,
    SquashIsqrtDivide,
    SquashIsqrtFactor,
    SquashLut,
    SquashNorm,
    SquashPow2,
    SquashQ7,
    SquashShiftReconstruction,
    TableSource,
)
from fxcaps.ops.cost import (
    Cost,
    Multiplications,
    multiplier_bits,
    products,
    quotient_bits,
    root_bits,
    word_bits,
)
from fxcaps.types import Format, Overflow

X = {"x": Format(True, 8, 5)}
S87, U88, U13 = Format(True, 8, 7), Format(False, 8, 8), Format(False, 13, 13)
LUT = SquashLut(table=(1, 2, 3), table_format=U13)
SLOPES = {"slopes": (-4, 3, 0), "shift": 2}
COUPLING_TABLE = {"table": (32, 12, 4, 0), "index_frac": 0}


def cost(*shapes: tuple[int, int, int], table: int = 0, divider: int = 0, root: int = 0) -> Cost:
    return Cost(
        multiplications=products(*shapes),
        table_bits=table,
        divider_cycles=divider,
        root_cycles=root,
    )


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        # 16 squares of 128 are 2**18, of 19 bits; with 2 * 4 guard bits 27, whose root has 14.
        # A component below 1 has 7 bits, and one to round.
        (SquashIsqrtDivide(guard=4), cost((16, 8, 8), (16, 8, 14), divider=128, root=14)),
        (
            SquashIsqrtFactor(factor_format=U13),
            cost((16, 8, 8), (16, 8, 13), divider=14, root=10),
        ),
        (LUT, cost((16, 8, 8), (16, 8, 13), table=39, root=10)),
        # -4 to 3 are words of 3 bits, times the 2 that the shift drops
        (
            SquashLut(table=(1, 2, 3), table_format=U13, source=TableSource.SQUARES, **SLOPES),
            cost((16, 8, 8), (1, 3, 2), (16, 8, 13), table=39 + 9),
        ),
        (
            SquashLut(table=(1,), table_format=U13, source=TableSource.NORMALISED, guard=3),
            cost((16, 8, 8), (16, 8, 13), table=13),
        ),
        (SquashShiftReconstruction(), cost((16, 8, 8))),
        # lambda = 1/4 is a shift; 3/8 has 2 bits, times 15 * 128 = 1,920 of 11
        (
            SquashNorm(multiplier=1, multiplier_shift=2, table=(1, 2), table_format=U13),
            cost((16, 8, 13), table=26),
        ),
        (
            SquashNorm(multiplier=3, multiplier_shift=3, table=(1, 2), table_format=U13),
            cost((1, 11, 2), (16, 8, 13), table=26),
        ),
        (
            SquashPow2(threshold=32, table=(1, 2), table_format=U13),
            cost((16, 8, 8), (16, 8, 13), table=26, root=10),
        ),
        # norms below 16 have 4 bits, log2(e) as a word 16
        (
            SquashExp(threshold=16, table=(1, 2), table_format=U13),
            cost((16, 8, 8), (1, 4, 16), (16, 8, 13), table=26, root=10),
        ),
        (
            SquashExp(threshold=0, table=(1, 2), table_format=U13),
            cost((16, 8, 8), (16, 8, 13), table=26, root=10),
        ),
        # the root is shifted by 7 - 5; a component below 1 has 7 bits, none to round
        (SquashQ7(), cost((16, 8, 8), (16, 8, 12), divider=112, root=10)),
        (SquashExact(), None),
    ],
)
def test_squash(params: Parameters, expected: Cost | None) -> None:
    """Given 16 words s8f5, when squashed to s8f7, then an algorithm costs what is said."""
    assert params.cost(X, S87, 16) == expected


def test_squash_lifts_negative_fractions() -> None:
    """Given words of 8 bits in steps of 4, then their squares and products take 10 bits."""
    found = SquashIsqrtDivide().cost({"x": Format(True, 8, -2)}, S87, 2)
    # 2 * 512**2 = 2**19 has 20 bits, its root 10
    assert found == cost((2, 10, 10), (2, 10, 10), divider=16, root=10)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        # 32 has 6 bits, four entries; a coefficient up to 1 has 9 bits, and one to round
        (SoftmaxLut(**COUPLING_TABLE), cost(table=24, divider=100)),
        (
            SoftmaxLutReciprocal(**COUPLING_TABLE, reciprocal=Format(False, 11, 10)),
            cost((10, 6, 11), table=24, divider=12),
        ),
        (SoftmaxConstant(word=26), cost(table=8)),
        (SoftmaxB2(log_frac=10, exp=Format(False, 11, 10)), cost()),
        # distances of 8 bits at 10 in place of 5 fraction bits have 13; log2(10) < 4 has 3 whole
        (
            SoftmaxLnu(log_frac=10, exp=Format(False, 11, 10), log2_e=23, ln_2=11, constant_frac=4),
            cost((10, 13, 5), (1, 13, 4), (10, 14, 5)),
        ),
        # words of 5 bits; 2 leading of 5 fraction bits leave a rest, so that 1 - c has 6
        (
            SoftmaxTaylor(
                integers=(16, 6, 2),
                fractions=(16, 12, 10, 8),
                table_frac=4,
                exp=Format(False, 6, 5),
            ),
            cost((10, 5, 5), (10, 10, 6), table=35, divider=100),
        ),
        # 2**20 by at least 2**7
        (SoftmaxQ7(constant=13), cost(divider=14)),
        (SoftmaxExact(), None),
    ],
)
def test_softmax(params: Parameters, expected: Cost | None) -> None:
    """Given 10 logits s8f5, when they become u8f8, then an algorithm costs what is said."""
    assert params.cost(X, U88, 10) == expected


def test_taylor_without_a_rest() -> None:
    """Given logits with no more fraction bits than index a table, then there is no linear term."""
    params = SoftmaxTaylor(
        integers=(16,), fractions=(16, 10), table_frac=4, exp=Format(False, 6, 5)
    )
    found = params.cost({"x": Format(True, 8, 1)}, U88, 3)
    assert found == cost((3, 5, 5), table=15, divider=30)


def test_words() -> None:
    """Given single words, then roots, quotients and tables cost what is said."""
    u88, s85, u85 = U88, Format(True, 8, 5), Format(False, 8, 5)
    # 255 * 2**8 has 16 bits, its root 8
    assert Isqrt().cost({"x": u88}, u88, 3) == cost(root=24)
    assert Isqrt().cost({"x": u88}, Format(False, 4, 2), 1) == cost(root=2)
    # 128 over one step of 2**-5 is 2**12; the output ends at 7 bits, a wrapping one does not
    operands = {"a": s85, "b": u85}
    assert DivideExact().cost(operands, s85, 2) == cost(divider=16)
    assert DivideExact(overflow=Overflow.WRAP).cost(operands, s85, 1) == cost(divider=14)
    coarse = {"a": s85, "b": Format(False, 8, -2)}
    assert DivideExact().cost(coarse, s85, 1) == cost(divider=7)  # 128 / 4 = 32 has 6
    # the reciprocal of 2**-5 at 8 fraction bits is 2**13, which has 14
    reciprocal = DivideReciprocal(reciprocal=Format(False, 14, 8))
    assert reciprocal.cost(operands, s85, 2) == cost((2, 8, 14), divider=30)
    sigmoid = SigmoidLut(table=(8, 12, 15, 16), index_frac=0, table_frac=4)
    assert sigmoid.cost(X, U88, 1) == cost(table=20)


def test_an_algorithm_need_not_state_it() -> None:
    """Given parameters of a class that states no cost, when asked, then it is unknown."""

    @dataclass(frozen=True, kw_only=True)
    class Theirs(Parameters):
        operation: ClassVar[str] = "squash"

    assert Theirs().cost(X, S87, 16) is None


def test_bits() -> None:
    """Given words and bounds, when their bits are counted, then they are those by hand."""
    assert [root_bits(n) for n in (0, 1, 3, 4, 15, 16, 255, 256)] == [0, 1, 1, 2, 2, 3, 4, 5]
    assert [word_bits(t) for t in ((0,), (1, 0), (7,), (-1, 0), (-4, 3), (-5, 3))] == [
        1,
        1,
        3,
        2,
        3,
        4,
    ]
    assert [multiplier_bits(n) for n in (0, 1, 2, 3, 64, 65)] == [0, 0, 0, 2, 0, 7]
    limited, wrapped = Overflow.SATURATE, Overflow.WRAP
    assert quotient_bits(1024, 7, limited) == 7
    assert quotient_bits(1024, 7, wrapped) == 11
    assert quotient_bits(0, 0, limited) == 1


def test_products_are_shown_by_number_and_operands() -> None:
    """Given products, when shown, then as the tables show them; none is left out if there is."""
    assert products((16, 8, 13), (0, 3, 3)) == (Multiplications(16, (8, 13)),)
    assert str(Multiplications(16, (8, 13))) == "16 x 8·13"
