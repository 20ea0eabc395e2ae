"""squash, softmax and length on the engine: all vectors of 2 and 3 words of 3 and 4 bits."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from fxcaps.ops import (
    Arithmetic,
    EpsilonAt,
    Length,
    OutOfRange,
    Parameters,
    SoftmaxB2,
    SoftmaxExact,
    SoftmaxLnu,
    SoftmaxLut,
    SoftmaxLutReciprocal,
    SoftmaxTaylor,
    SquashExact,
    SquashIsqrtDivide,
    SquashIsqrtFactor,
    SquashLut,
    TableSource,
)
from fxcaps.ops.exponential import exponential_table
from fxcaps.strategies import Case
from fxcaps.types import Accumulator, Check, Format, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal, on_spec
from tests.spec.test_squash_reconstruction import PARAMS as RECONSTRUCTED

pytestmark = pytest.mark.exhaustive

SPACES = [
    (Format(signed, width, 0), dim)
    for signed in (True, False)
    for width in (3, 4)
    for dim in (2, 3)
]
FRACTIONS = [(0, 3), (2, 4), (-1, 2), (3, -1), (1, 8)]
"""Fraction bits of the vectors and of the output, negative ones too."""


def every_vector(space: Format, dim: int, frac: int) -> Tensor:
    """All vectors of a space as one tensor."""
    words = range(space.min, space.max + 1)
    vectors = list(itertools.product(words, repeat=dim))
    format = Format(space.signed, space.width, frac)
    return Tensor((len(vectors), dim), format, [word for vector in vectors for word in vector])


def check(operation: str, params: Parameters) -> int:
    """Compare all vectors of all spaces; returns how many spaces were left undecided."""
    left = 0
    for (space, dim), (frac, frac_out) in itertools.product(SPACES, FRACTIONS):
        x, out = every_vector(space, dim, frac), Format(True, 5, frac_out)
        left += 1 - assert_equal(operation, [Case(params, {"x": x}, {"out": out})])
    return left


@pytest.mark.parametrize("rounding", Rounding)
def test_squash_exact(rounding: Rounding) -> None:
    """Given all small vectors, when squashed exactly, then all are decided, ties too."""
    assert check("squash", SquashExact(rounding=rounding)) == 0


@pytest.mark.parametrize("place", EpsilonAt)
@pytest.mark.parametrize("epsilon", [(1, 10**6), (5, 7), (3, 1 << 60)])
def test_squash_epsilon(epsilon: tuple[int, int], place: EpsilonAt) -> None:
    """Given all small vectors, when squashed with an epsilon, then nearly all are decided.

    Every vector is a row of its own: one whose float lies on a half leaves no other open.
    """
    left = rows = 0
    params = SquashExact(epsilon=epsilon, epsilon_at=place)
    for (space, dim), (frac, frac_out) in itertools.product(SPACES, FRACTIONS):
        out = Format(True, 5, frac_out)
        x = every_vector(space, dim, frac)
        starts = range(0, len(x.words), dim * (1 + len(x.words) // 3072))
        vectors = [Tensor((dim,), x.format, x.words[k : k + dim]) for k in starts]
        cases = [Case(params, {"x": vector}, {"out": out}) for vector in vectors]
        rows += len(cases)
        left += len(cases) - assert_equal("squash", cases)
    assert left < 0.01 * rows


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("guard", [0, 3])
def test_squash_isqrt_divide(guard: int, rounding: Rounding) -> None:
    """Given all small vectors, when squashed by root and division, then all are decided."""
    assert check("squash", SquashIsqrtDivide(guard=guard, rounding=rounding)) == 0


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize(("factor", "guard"), [("u8f8", 3), ("s4f5", 0), ("u2f-1", 1)])
def test_squash_isqrt_factor(factor: str, guard: int, rounding: Rounding) -> None:
    """Given all small vectors, when squashed by one factor, then all are decided."""
    params = SquashIsqrtFactor(
        guard=guard,
        factor_format=Format.parse(factor),
        factor_rounding=rounding,
        factor_overflow=Overflow.WRAP,
        rounding=rounding,
    )
    assert check("squash", params) == 0


@pytest.mark.parametrize(
    ("rule", "slopes", "offset", "shift"),
    [
        (OutOfRange.CLAMP, (), -2, 5),
        (OutOfRange.CLAMP, (90, -70, 5, -300, 8), 0, 3),
        (OutOfRange.ZERO, (), 3, -2),
        (OutOfRange.ZERO, (90, -70, 5, -300, 8), 5, 0),
    ],
)
@pytest.mark.parametrize("source", TableSource)
def test_squash_lut(
    source: TableSource, rule: OutOfRange, slopes: tuple[int, ...], offset: int, shift: int
) -> None:
    """Given all small vectors, when looked up in several ways, then all are decided."""
    params = SquashLut(
        source=source,
        guard=0 if source is TableSource.SQUARES else 1,
        offset=offset,
        shift=shift,
        out_of_range=rule,
        table=(3, 20, -30, 0, 7),
        table_format=Format(True, 6, 5),
        slopes=slopes,
        slope_shift=3,
        slope_rounding=Rounding.TIES_TO_EVEN,
    )
    assert check("squash", params) == 0


@pytest.mark.parametrize("params", RECONSTRUCTED)
def test_squash_reconstructions(params: Parameters) -> None:
    """Given all small vectors, when squashed by a reconstruction, then all are decided."""
    assert check("squash", params) == 0


@pytest.mark.parametrize("check_at", [Check.FINAL, Check.PER_STEP])
@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
def test_narrow_registers(overflow: Overflow, check_at: Check) -> None:
    """Given all small vectors, when registers of six bits overflow, then all are decided."""
    for (space, dim), (frac, frac_out) in itertools.product(SPACES[:2] + SPACES[4:6], FRACTIONS):
        x, out = every_vector(space, dim, frac), Format(True, 5, frac_out)
        for signed, params in itertools.product(
            (True, False),
            (Length(), SquashIsqrtDivide(guard=2), SquashIsqrtFactor(factor_format=out)),
        ):
            bits = 2 * (frac if params.operation == "length" else max(frac, 0))
            register = Format(signed, 6, bits)
            accumulator = Accumulator(format=register, overflow=overflow, check=check_at)
            narrow = replace(params, accumulator=accumulator)
            assert assert_equal(params.operation, [Case(narrow, {"x": x}, {"out": out})]) == 1


@pytest.mark.parametrize("rounding", Rounding)
def test_softmax_exact(rounding: Rounding) -> None:
    """Given all small logits, when computed exactly, then all are decided, equal ones too."""
    assert check("softmax", SoftmaxExact(rounding=rounding)) == 0


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("index_frac", [-2, 0, 3])
def test_softmax_lut(index_frac: int, rounding: Rounding) -> None:
    """Given all small logits, when looked up, then all are decided."""
    table = exponential_table(6, index_frac, 9)
    assert check("softmax", SoftmaxLut(table=table, index_frac=index_frac, rounding=rounding)) == 0


@pytest.mark.parametrize("rounding", Rounding)
def test_length(rounding: Rounding) -> None:
    """Given all small vectors, when measured, then all are decided."""
    assert check("length", Length(rounding=rounding)) == 0


@pytest.mark.parametrize("check", Check)
@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
@pytest.mark.parametrize("algorithm", [SoftmaxLut, SoftmaxLutReciprocal])
def test_softmax_sums(
    algorithm: type[SoftmaxLut | SoftmaxLutReciprocal], overflow: Overflow, check: Check
) -> None:
    """Given all small logits as images, when a register is short, then those accepted agree."""
    x, out = every_vector(Format(True, 3, 0), 3, 1), Format(False, 5, 4)
    fitted = algorithm.fit(x.format, out, Arithmetic())
    frac = fitted.exp_frac
    for format in (Format(False, frac + 1, frac), Format(True, frac + 2, frac)):
        register = Accumulator(format=format, overflow=overflow, check=check)
        params = replace(fitted, accumulator=register)
        images = [
            Case(params, {"x": Tensor((3,), x.format, x.words[k : k + 3])}, {"out": out})
            for k in range(0, len(x.words), 3)
        ]
        accepted = sum(on_spec("softmax", image) is not None for image in images)
        assert assert_equal("softmax", images) == accepted > 0


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("algorithm", [SoftmaxB2, SoftmaxLnu, SoftmaxTaylor])
def test_softmax_reconstructions(
    algorithm: type[SoftmaxB2 | SoftmaxLnu | SoftmaxTaylor], rounding: Rounding
) -> None:
    """Given all small logits, when coupled by powers or products, then all are decided."""
    fitted = algorithm.fit(Format(True, 4, 0), Format(False, 5, 4), Arithmetic())
    assert check("softmax", replace(fitted, rounding=rounding)) == 0
