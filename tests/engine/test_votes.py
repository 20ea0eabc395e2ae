"""votes on the engine: all vectors of small words, with matrices that capsules share."""

from __future__ import annotations

import itertools

import pytest

from fxcaps.ops import Votes
from fxcaps.strategies import Case
from fxcaps.types import Accumulator, Check, Format, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal

pytestmark = pytest.mark.exhaustive

REGISTERS = (
    Accumulator(),
    Accumulator(format=Format(True, 4, 2), overflow=Overflow.WRAP, check=Check.PER_STEP),
)


@pytest.mark.parametrize("register", REGISTERS)
@pytest.mark.parametrize("matrices", [1, 2, 3, 6])
@pytest.mark.parametrize("rounding", Rounding)
def test_shared_matrices(rounding: Rounding, matrices: int, register: Accumulator) -> None:
    """Given all capsules of two 2-bit words and all pairs of rows, when voted, then as spec."""
    format = Format(True, 2, 1)
    vectors = list(itertools.product(range(-2, 2), repeat=2))
    cases = []
    for k in range(0, 16, 2):
        # Six capsules in a row, and rows of weights that every matrix takes from another place.
        capsules = [vectors[(k + i) % 16] for i in range(6)]
        rows = [vectors[(5 * k + 3 * r) % 16] for r in range(matrices * 16)]
        u = Tensor((6, 2), format, [word for vector in capsules for word in vector])
        weight = Tensor((matrices, 4, 4, 2), format, [word for row in rows for word in row])
        params = Votes(accumulator=register, rounding=rounding, overflow=Overflow.WRAP)
        cases.append(Case(params, {"u": u, "weight": weight}, {"out": Format(True, 2, 1)}))
    for case in cases:
        assert assert_equal("votes", [case])
