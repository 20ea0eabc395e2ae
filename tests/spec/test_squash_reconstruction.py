"""The reconstructions of squash: powers of two, an estimated norm, exponentials."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from fxcaps.ops import (
    Arithmetic,
    SquashExp,
    SquashNorm,
    SquashPow2,
    SquashShiftReconstruction,
)
from fxcaps.types import Accumulator, Check, Count, Event, Format, Overflow, Reason, Rounding
from tests.spec.test_squash_lut import pairs
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

FRACTIONS = [(0, 3), (2, 4), (-1, 2), (3, -1), (1, 8)]

TABLE: dict[str, Any] = {
    "table": (127, 122, 0, 255, 85, 33),
    "table_format": Format(False, 8, 8),
}

PARAMS = [
    SquashShiftReconstruction(),
    SquashShiftReconstruction(offset=-3, rounding=Rounding.TIES_TO_EVEN),
    SquashNorm(multiplier=1, multiplier_shift=2, shift=1, **TABLE),
    SquashNorm(multiplier=7, multiplier_shift=0, shift=-1, **TABLE),
    SquashPow2(guard=2, threshold=20, shift=2, **TABLE),
    SquashPow2(threshold=1000, table=(1,), table_format=Format(True, 4, 3)),
    SquashExp(guard=1, threshold=12, shift=-1, **TABLE),
    SquashExp(threshold=1000, table=(1,), table_format=Format(False, 20, 20)),
    SquashExp(multiplier=5, multiplier_shift=0, threshold=9, **TABLE),
]


@pytest.mark.parametrize(("frac", "frac_out"), FRACTIONS)
@pytest.mark.parametrize("params", PARAMS)
def test_every_small_vector(params: Any, frac: int, frac_out: int) -> None:
    """Given all pairs of four-bit words, when squashed, then as the twin."""
    called = call(params, f"s8f{frac_out}", x=pairs(frac))
    assert spec_outcome("squash", called) == twin_outcome("squash", called)


def lengths(params: Any, words: list[int]) -> list[int]:
    """What vectors of one component become, in 256ths."""
    x = tensor("s16f4", [[word] for word in words])
    found = spec_outcome("squash", call(params, "s20f8", x=x))
    assert isinstance(found, Outcome)
    return list(found.outputs["out"].words)


def test_shifts_around_powers_of_two() -> None:
    """Given lengths at and below powers of two, when shifted, then all stay below one."""
    # 1/16, 15/16, 1, 31/16, 2, 63/16, 4 have the factors 1/16, 1/2, 1/2, 1/2, 1/4, 1/4, 1/8
    found = lengths(SquashShiftReconstruction(), [1, 15, 16, 31, 32, 63, 64])
    assert found == [1, 120, 128, 248, 128, 252, 128]
    assert lengths(SquashShiftReconstruction(offset=1), [16, -16]) == [256, -256]


def test_a_wrapped_sum_shifts_nothing() -> None:
    """Given a register that wraps below zero, when shifted, then the vector becomes zero."""
    accumulator = Accumulator(format=Format(True, 8, 8), overflow=Overflow.WRAP, check=Check.FINAL)
    called = call(
        SquashShiftReconstruction(accumulator=accumulator), "s8f7", x=tensor("s8f4", [[8, 8]])
    )
    assert spec_outcome("squash", called) == Outcome(
        {"out": tensor("s8f7", [[0, 0]])}, {"out": {Event.ACCUMULATOR_OVERFLOW: Count(2, 0)}}
    )


def test_norm_is_the_largest_and_a_part_of_the_others() -> None:
    """Given (-8, 3, 4), when lambda is 1/2, then the table is read at 8 + 3."""
    params = SquashNorm(
        multiplier=1,
        multiplier_shift=1,
        table=tuple(range(12)),
        table_format=Format(False, 4, 0),
    )
    found = spec_outcome("squash", call(params, "s12f0", x=tensor("s8f0", [[-8, 3, 4]])))
    assert found == Outcome({"out": tensor("s12f0", [[-88, 33, 44]])}, {})


def test_one_less_a_power_of_two() -> None:
    """Given norms below the threshold, when exponents are whole, then factors are exact."""
    params = SquashPow2(threshold=200, table=(7,), table_format=Format(False, 8, 8))
    # 0, 1, 2 and 8: 1 - 1, 1 - 1/2, 1 - 1/4, 1 - 1/256; 12: 1 - 2**-12 is floored to 1
    assert lengths(params, [0, 16, 32, 128]) == [0, 128, 2 * 192, 8 * 255]
    assert lengths(params, [192]) == [12 * 255]
    # 1/2: 2**-1/2 is taken as 3/4
    assert lengths(params, [8]) == [32]
    assert lengths(params, [200]) == [(200 * 7 + 8) // 16]


def test_exponential_is_a_power_of_two() -> None:
    """Given a log2(e) of 3/2, when norms are 2 and 4, then factors are 1 - 1/8 and 1 - 1/64."""
    params = SquashExp(
        multiplier=3,
        multiplier_shift=1,
        threshold=100,
        table=(7,),
        table_format=Format(False, 8, 8),
    )
    assert lengths(params, [32, 64]) == [2 * 224, 4 * 252]


@pytest.mark.parametrize(("x", "out"), [("s8f5", "s8f7"), ("s8f2", "s8f7"), ("u6f6", "u8f8")])
@pytest.mark.parametrize(
    ("algorithm", "relative"), [(SquashNorm, 0.2), (SquashExp, 0.12), (SquashPow2, 0.4)]
)
def test_fitted_factors_are_near(algorithm: Any, relative: float, x: str, out: str) -> None:
    """Given lone components, when squashed as fitted, then near the real length."""
    params = algorithm.fit(Format.parse(x), Format.parse(out), Arithmetic())
    given = Format.parse(x)
    words = list(range(1 << max(given.frac - 1, 0), given.max + 1))
    found = spec_outcome("squash", call(params, "s24f16", x=tensor(x, [[w] for w in words])))
    assert isinstance(found, Outcome)
    for word, made in zip(words, found.outputs["out"].words, strict=True):
        n = word * 2.0**-given.frac
        assert abs(made * 2.0**-16 * (1 + n * n) / (n * n) - 1) < relative


@pytest.mark.parametrize(
    ("algorithm", "fields", "message"),
    [
        (SquashNorm, {"multiplier": -1}, "multiplier must not be negative, found -1"),
        (SquashNorm, {"multiplier_shift": -1}, "multiplier_shift must not be negative, found -1"),
        (SquashNorm, {"table": ()}, "the table must not be empty"),
        (SquashExp, {"multiplier": -1}, "multiplier must not be negative, found -1"),
        (SquashExp, {"multiplier_shift": -1}, "multiplier_shift must not be negative, found -1"),
        (SquashExp, {"threshold": -1}, "threshold must not be negative, found -1"),
        (SquashPow2, {"threshold": -1}, "threshold must not be negative, found -1"),
        (SquashPow2, {"guard": -1}, "guard must not be negative, found -1"),
        (SquashPow2, {"table": (5, -1)}, "table[1] = -1 is outside u8f8 [0, 255]"),
        (
            SquashPow2,
            {"table_format": Format(False, 8, -1)},
            "the fraction of u8f-1 must not be negative",
        ),
    ],
)
def test_parameters_outside_their_range(
    algorithm: Any, fields: dict[str, Any], message: str
) -> None:
    """Given a field outside its range, when made, then the parameters are rejected."""
    valid = {"multiplier": 1, "multiplier_shift": 2} if algorithm is SquashNorm else {}
    valid |= {} if algorithm is SquashNorm else {"threshold": 3}
    assert rejection_of(lambda: algorithm(**(valid | TABLE | fields))) == Rejected(
        Reason.PARAMETER_INVALID, f"{algorithm.title()}: {message}"
    )


def test_fitted_thresholds_are_where_the_tables_begin() -> None:
    """Given formats with few and many fraction bits, then 1 and 1/2 are words of the root."""
    for x, out in itertools.product(("s8f5", "s8f-2", "s8f0"), ("s8f7", "s8f0")):
        given = Format.parse(x)
        for algorithm, halvings in ((SquashPow2, 0), (SquashExp, 1)):
            params: Any = algorithm.fit(given, Format.parse(out), Arithmetic())
            frac = max(given.frac, 0) + params.guard
            assert params.threshold == 2 ** (frac - halvings)
