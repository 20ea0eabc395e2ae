"""Static ranges of partial sums."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.ops import (
    OPERATIONS,
    Agreement,
    Conv2d,
    ConvVotes,
    Dense,
    Length,
    Parameters,
    Quantize,
    SquashExact,
    SquashIsqrtDivide,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.ops.sums import Interval, narrowest, product_interval, repeated
from fxcaps.strategies import Case, calls, formats, tensors
from fxcaps.strategies.calls.squash import SQUASHES
from fxcaps.types import Accumulator, Check, Format, Tensor
from tests.support.light import LIGHT
from tests.support.outcomes import Rejected, spec_outcome

SMALL = formats(1, 2, st.just(0))


def _words(format: Format) -> range:
    return range(format.min, format.max + 1)


def _hull(start: int, products: Iterable[Sequence[int]]) -> Interval:
    """Extremes of all partial sums: every subset, as a register may add in any order."""
    sums = [
        start + sum(chosen)
        for terms in products
        for size in range(len(terms) + 1)
        for chosen in itertools.combinations(terms, size)
    ]
    return min(sums), max(sums)


def _intervals(params: Parameters, inputs: dict[str, Tensor], out: Format) -> list[Interval]:
    """The descriptor's intervals, from the words of its constant inputs only."""
    operation = operation_of(params)
    constant = {port.name for port in operation.inputs if port.constant}
    return operation.intervals(
        params,
        {name: words.signature for name, words in inputs.items()},
        {"out": out},
        {name: words.words for name, words in inputs.items() if name in constant},
    )["out"]


@given(st.data())
def test_convolution_attains_its_intervals(data: st.DataObject) -> None:
    """Given any weights, when all images are convolved, then the hull of sums is the interval."""
    format = data.draw(SMALL)
    weight = data.draw(tensors((2, 1, 2, 2), data.draw(formats(1, 5, st.just(1)))))
    inputs = {"x": Tensor((1, 2, 2), format, [0] * 4), "weight": weight}
    starts = [0, 0]
    if data.draw(st.booleans()):
        inputs["bias"] = data.draw(tensors((2,), data.draw(formats(1, 5, st.just(-1)))))
        starts = [4 * word for word in inputs["bias"].words]
    images = list(itertools.product(_words(format), repeat=4))
    expected = [
        _hull(starts[o], ([w * x for w, x in zip(kernel, image, strict=True)] for image in images))
        for o, kernel in enumerate((weight.words[:4], weight.words[4:]))
    ]
    assert _intervals(Conv2d(), inputs, format) == expected


@given(st.data())
def test_convolutional_votes_attain_their_intervals(data: st.DataObject) -> None:
    """Given any kernels, when all capsules vote, then the hull of sums is the interval."""
    format = data.draw(SMALL)
    weight = data.draw(tensors((2, 1, 2, 1, 2, 1), data.draw(formats(1, 5, st.just(1)))))
    inputs = {"u": Tensor((1, 2, 2, 1), format, [0] * 4), "weight": weight}
    starts = [0] * 4
    if data.draw(st.booleans()):
        inputs["bias"] = data.draw(tensors((2, 1, 2), data.draw(formats(1, 5, st.just(-1)))))
        starts = [4 * word for word in inputs["bias"].words]
    capsules = list(itertools.product(_words(format), repeat=2))
    kernels = [weight.words[k : k + 2] for k in range(0, 8, 2)]
    expected = [
        _hull(
            start, ([w * u for w, u in zip(kernel, capsule, strict=True)] for capsule in capsules)
        )
        for start, kernel in zip(starts, kernels, strict=True)
    ]
    assert _intervals(ConvVotes(), inputs, format) == expected


@given(st.data())
def test_dense_attains_its_intervals(data: st.DataObject) -> None:
    """Given any weights, when all vectors are multiplied, then the hull of sums is the interval."""
    format = data.draw(formats(1, 3, st.just(0)))
    weight = data.draw(tensors((3, 2), data.draw(formats(1, 5, st.just(1)))))
    bias = data.draw(tensors((3,), data.draw(formats(1, 5, st.just(-1)))))
    inputs = {"x": Tensor((2,), format, [0] * 2), "weight": weight, "bias": bias}
    vectors = list(itertools.product(_words(format), repeat=2))
    rows = [weight.words[k : k + 2] for k in range(0, 6, 2)]
    expected = [
        _hull(4 * start, ([w * x for w, x in zip(row, vector, strict=True)] for vector in vectors))
        for start, row in zip(bias.words, rows, strict=True)
    ]
    assert _intervals(Dense(), inputs, format) == expected


@given(st.data())
def test_votes_attain_their_intervals(data: st.DataObject) -> None:
    """Given any weights, when all capsules vote, then the hull of sums is the interval."""
    format = data.draw(formats(1, 3, st.just(0)))
    weight = data.draw(tensors((2, 1, 2, 2), data.draw(formats(1, 5))))
    capsules = list(itertools.product(_words(format), repeat=2))
    rows = [weight.words[k : k + 2] for k in range(0, 8, 2)]
    expected = [
        _hull(0, ([w * u for w, u in zip(row, capsule, strict=True)] for capsule in capsules))
        for row in rows
    ]
    inputs = {"u": Tensor((2, 2), format, [0] * 4), "weight": weight}
    assert _intervals(Votes(), inputs, format) == expected


@given(SMALL, SMALL, st.integers(1, 2))
def test_agreements_attain_their_interval(votes: Format, v: Format, dim: int) -> None:
    """Given any two formats, when all vectors meet, then the hull of sums is the interval."""
    products = sorted({p * q for p in _words(votes) for q in _words(v)})
    inputs = {
        "votes": Tensor((3, 2, dim), votes, [0] * 6 * dim),
        "v": Tensor((2, dim), v, [0] * 2 * dim),
    }
    expected = _hull(0, itertools.product(products, repeat=dim))
    assert _intervals(Agreement(), inputs, v) == [expected]


@given(SMALL, SMALL, st.none() | st.tuples(st.integers(-4, 3), st.integers(-4, 3)))
def test_weighted_sums_attain_their_intervals(
    c: Format, votes: Format, bias: tuple[int, int] | None
) -> None:
    """Given any two formats, when all words meet, then there is a hull for every bias word."""
    products = sorted({p * q for p in _words(c) for q in _words(votes)})
    inputs = {
        "c": Tensor((2, 4), c, [0] * 8),
        "votes": Tensor((2, 4, 1), votes, [0] * 8),
    }
    starts = [0]
    if bias is not None:
        inputs["bias"] = Tensor((2, 1), Format(True, 3, -1), bias)
        starts = [2 * word for word in bias]
    expected = [_hull(start, itertools.product(products, repeat=2)) for start in starts]
    assert _intervals(WeightedSum(), inputs, votes) == expected


SUMMING = [
    (name, "")
    for name in ("agreement", "conv2d", "conv_votes", "dense", "length", "votes", "weighted_sum")
]
SUMMING += [
    ("squash", algorithm) for algorithm in SQUASHES if algorithm not in ("exact", "norm", "q7")
]


@pytest.mark.parametrize(("operation", "algorithm"), SUMMING)
def test_a_register_of_the_interval_never_overflows(operation: str, algorithm: str) -> None:
    """Given any call, when its register is the narrowest of the interval, then exact is safe."""

    @LIGHT
    @given(calls(operation, algorithm))
    def check(called: Case) -> None:
        params: Any = called.params
        descriptor = OPERATIONS[operation]
        inputs = {name: words.format for name, words in called.inputs.items()}
        frac = descriptor.product_fractions(params, inputs, called.formats)["out"]
        register = params.accumulator
        ranges = _intervals(params, called.inputs, called.formats["out"])
        hull = (min(low for low, _ in ranges), max(high for _, high in ranges))
        if register.tile is not None:  # what is read back must fit, whether it occurs or not
            lift = register.frac(frac) - register.tile.spill.frac
            ends = register.tile.spill.min << lift, register.tile.spill.max << lift
            hull = min(hull[0], ends[0]), max(hull[1], ends[1])
        held = narrowest(hull, register.frac(frac))
        wide = replace(held, width=1000)
        results = []
        for format in (held, wide):
            exact = replace(register, check=Check.EXACT, format=format)
            changed = descriptor.with_accumulators(params, {"out": exact})
            results.append(spec_outcome(operation, called._replace(params=changed)))
        assert results[0] == results[1]

    check()


def test_a_narrower_register_overflows() -> None:
    """Given the largest words, when the register is a bit narrower, then exact rejects."""
    x, weight = Tensor((1, 2, 1), Format(True, 4, 0), [7, -8]), Format(True, 4, 0)
    inputs = {"x": x, "weight": Tensor((1, 1, 2, 1), weight, [7, -8])}
    ((low, high),) = _intervals(Conv2d(), inputs, weight)
    assert (low, high) == (-112, 113)
    wide, narrow = (Accumulator(format=Format(True, bits, 0)) for bits in (8, 7))
    assert narrowest((low, high), 0) == wide.format
    called = Case(Conv2d(accumulator=narrow), inputs, {"out": Format(True, 8, 0)})
    assert isinstance(spec_outcome("conv2d", called), Rejected)


@pytest.mark.parametrize(("signed", "width", "frac"), [(True, 3, 1), (False, 2, 3), (True, 2, -2)])
def test_squares_attain_their_interval(signed: bool, width: int, frac: int) -> None:
    """Given all triples of a small format, when summed, then the hull is the interval."""
    x = Format(signed, width, frac)
    triples = [t for triple in itertools.product(_words(x), repeat=3) for t in triple]
    inputs = {"x": Tensor((len(triples) // 3, 3), x, triples)}
    largest = max(-x.min, x.max)
    assert _intervals(Length(), inputs, x) == [(0, 3 * largest**2)]
    lifted = largest * 2 ** max(-frac, 0)
    assert _intervals(SquashIsqrtDivide(), inputs, x) == [(0, 3 * lifted**2)]
    assert OPERATIONS["squash"].intervals(SquashExact(), {"x": inputs["x"].signature}, {}, {}) == {}
    assert OPERATIONS["squash"].product_fractions(SquashExact(), {"x": x}, {}) == {}


def test_operations_without_a_register_have_no_interval() -> None:
    """Given an operation that sums nothing, when asked, then there is no interval."""
    assert OPERATIONS["quantize"].intervals(Quantize(), {}, {}, {}) == {}
    assert OPERATIONS["quantize"].accumulators(Quantize()) == {}
    assert OPERATIONS["quantize"].product_fractions(Quantize(), {}, {}) == {}
    assert OPERATIONS["quantize"].with_accumulators(Quantize(), {}) == Quantize()


def _searched(low: int, high: int) -> Format:
    return next(
        format
        for format in (Format(True, width, 5) for width in itertools.count(1))
        if format.contains(low) and format.contains(high)
    )


def test_narrowest_of_intervals_around_zero() -> None:
    """Given all intervals with zero to +-20, when fitted, then as the search finds."""
    pairs = [(low, high) for low in range(-20, 1) for high in range(21)]
    assert [narrowest(pair, 5) for pair in pairs] == [_searched(*pair) for pair in pairs]


def test_narrowest_of_positive_intervals() -> None:
    """Given all intervals above zero to 20, when fitted, then as the search finds."""
    pairs = [(low, high) for low in range(1, 20) for high in range(low, 20)]
    assert [narrowest(pair, 5) for pair in pairs] == [_searched(*pair) for pair in pairs]


def test_narrowest_of_negative_intervals() -> None:
    """Given all intervals below zero to -20, when fitted, then as the search finds."""
    pairs = [(low, high) for low in range(-20, 0) for high in range(low, 0)]
    assert [narrowest(pair, 5) for pair in pairs] == [_searched(*pair) for pair in pairs]


@given(st.lists(st.integers(-9, 9), min_size=4, max_size=4))
def test_product_of_intervals(ends: list[int]) -> None:
    """Given two intervals, when all integers in them are multiplied, then the hull is found."""
    a, b = sorted(ends[:2]), sorted(ends[2:])
    products = [p * q for p in range(a[0], a[1] + 1) for q in range(b[0], b[1] + 1)]
    assert product_interval((a[0], a[1]), (b[0], b[1])) == (min(products), max(products))


def test_sum_of_terms_that_may_be_zero() -> None:
    """Given terms above zero only, when some may be left out, then zero is in range."""
    assert repeated((2, 5), 4) == (0, 20)
    assert repeated((-2, -1), 4) == (-8, 0)
