"""softmax of the published Q7-CapsNets kernels."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.ops import SoftmaxQ7
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.cases import Case, calls
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome


def published(logits: list[int], constant: int) -> list[int]:
    """The C source, its clamps written out."""
    base = max(logits) - 8
    total = sum(1 << max(0, min(7, v - base)) for v in logits)
    output_base = (1 << 20) // total
    shifted = [output_base >> max(0, min(31, constant + base - v)) for v in logits]
    return [max(-128, min(127, word)) for word in shifted]


@given(calls("softmax", "q7"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("softmax", called) == twin_outcome("softmax", called)


@pytest.mark.exhaustive
@pytest.mark.parametrize("constant", [8, 13, 14, 21])
def test_every_small_vector(constant: int) -> None:
    """Given all vectors of a few logits, when coupled, then as the twin and as the C source."""
    for width, dim in ((4, 3), (5, 2), (3, 4)):
        format = Format(True, width, 2)
        vectors = list(itertools.product(range(format.min, format.max + 1), repeat=dim))
        x = Tensor((len(vectors), dim), format, [word for vector in vectors for word in vector])
        called = call(SoftmaxQ7(constant=constant), "s8f7", x=x)
        made = spec_outcome("softmax", called)
        assert made == twin_outcome("softmax", called)
        assert isinstance(made, Outcome)
        assert made.outputs["out"].words == [
            word for vector in vectors for word in published(list(vector), constant)
        ]


@given(st.lists(st.integers(-128, 127), min_size=1, max_size=40), st.integers(8, 21))
def test_bytes_are_the_c_source(logits: list[int], constant: int) -> None:
    """Given any bytes, when coupled, then as the C source, whatever the fractions."""
    for x, out in (("s8f7", "s8f0"), ("s8f-20", "s8f40")):
        made = spec_outcome("softmax", call(SoftmaxQ7(constant=constant), out, x=tensor(x, logits)))
        assert isinstance(made, Outcome)
        assert made.outputs["out"].words == published(logits, constant)


@pytest.mark.parametrize(("count", "word"), [(1, 127), (2, 127), (3, 85), (5, 51), (10, 25)])
def test_equal_logits(count: int, word: int) -> None:
    """Given equal logits, when coupled with 13, then 256ths that saturate up to two of them."""
    made = spec_outcome(
        "softmax", call(SoftmaxQ7(constant=13), "s8f7", x=tensor("s8f3", [-128] * count))
    )
    assert isinstance(made, Outcome)
    assert made.outputs["out"].words == [word] * count
    halved = spec_outcome(
        "softmax", call(SoftmaxQ7(constant=14), "s8f7", x=tensor("s8f3", [5] * count))
    )
    assert isinstance(halved, Outcome)
    assert halved.outputs["out"].words == [min(127, 128 // count)] * count


def test_a_sum_beyond_the_dividend() -> None:
    """Given 8,193 equal logits, when coupled, then every coefficient is 0, exactly."""
    x = tensor("s8f0", [1] * 8193)
    made = spec_outcome("softmax", call(SoftmaxQ7(constant=8), "s16f0", x=x))
    assert made == Outcome({"out": tensor("s16f0", [0] * 8193)}, {})


def test_events() -> None:
    """Given a distant logit, when coupled, then its last shift ends at 31 and drops all."""
    x = tensor("s16f0", [20000, -20000])
    # 2**20 / (128 + 1) = 8128; 8128 >> 6 = 127, 8128 >> 31 = 0
    made = spec_outcome("softmax", call(SoftmaxQ7(constant=14), "s8f7", x=x))
    assert made == Outcome({"out": tensor("s8f7", [127, 0])}, {"out": {Event.INEXACT: Count(1, 1)}})
    ceiled = SoftmaxQ7(constant=13, rounding=Rounding.CEIL, overflow=Overflow.WRAP)
    made = spec_outcome("softmax", call(ceiled, "s8f7", x=x))
    assert made == Outcome(
        {"out": tensor("s8f7", [-2, 1])},
        {"out": {Event.INEXACT: Count(1, 1), Event.WRAPPED: Count(1, 0)}},
    )


@pytest.mark.parametrize("constant", [7, 22])
def test_constants_out_of_range(constant: int) -> None:
    """Given a constant beyond what shifts can do, when parameters are made, then rejected."""
    assert rejection_of(lambda: SoftmaxQ7(constant=constant)) == Rejected(
        Reason.PARAMETER_INVALID,
        f"softmax q7: constant must be from 8 to 21, found {constant}",
    )
