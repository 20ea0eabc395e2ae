"""Observers: they see how a word is made and change nothing."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.inside.observer import Note, Observer
from fxcaps.ops import OPERATIONS, operation_of
from fxcaps.ops.operands import Operand
from fxcaps.spec import SPEC
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.spec.arithmetic import handle_overflow
from fxcaps.strategies import ALGORITHMS, Case, accumulators, calls
from fxcaps.types import (
    Accumulator,
    BiasAt,
    Check,
    Event,
    Format,
    Log,
    Overflow,
    Pairwise,
    Rejection,
    RoundAt,
    Rounding,
    Tensor,
    Tile,
)
from tests.support.examples import EXAMPLES
from tests.support.light import LIGHT
from tests.support.outcomes import Rejected, spec_outcome

COMPOSITE = {
    name
    for name, called in EXAMPLES.items()
    if OPERATIONS[name].parts(called.params, called.inputs)
}
"""Operations that are several steps."""

FLAT = [pair for pair in ALGORITHMS if pair[0] not in COMPOSITE]
"""Operations of one step; a composite is observed as its parts."""


def observed(called: Case, index: int) -> tuple[dict[str, Tensor] | Rejected, Observer]:
    """A call under an observer of one word."""
    observer = Observer(index=index)
    try:
        made = SPEC[called.params.operation](called.params, called.inputs, called.formats, observer)
    except Rejection as rejection:
        return Rejected(rejection.reason, rejection.message), observer
    return made, observer


def words_of(called: Case) -> int:
    """Words of the output."""
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    (shape,) = operation_of(called.params).shapes(called.params, shapes).values()
    count = 1
    for extent in shape:
        count *= extent
    return count


def product_of(called: Case, term: tuple[Operand, ...]) -> int:
    """The product of the words that a term names; padding is zero."""
    product = 1
    for operand in term:
        words = called.inputs[operand.port].words
        product *= 0 if operand.flat is None else words[operand.flat]
    return product


def check_word(called: Case, index: int) -> None:
    """An observer of a word changes nothing and sees what the word is made of."""
    made, observer = observed(called, index)
    expected = spec_outcome(called.params.operation, called)
    if isinstance(expected, Rejected):
        assert made == expected
    else:
        assert isinstance(made, dict)
        assert list(made["out"].words) == list(expected.outputs["out"].words)
        assert observer.events == expected.events
        for narrowed in observer.narrowed:
            word = handle_overflow(narrowed.rounded, narrowed.format, narrowed.overflow)
            assert word == made["out"].words[index]
    operation = operation_of(called.params)
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    terms = operation.operands(called.params, shapes, index)
    products = [term for term in terms if term[0].port not in operation.aligned]
    for summed in [] if operation.inner_sums else observer.sums:
        assert [product_of(called, term) for term in products] == list(summed.products)


@pytest.mark.parametrize(("operation", "algorithm"), FLAT)
def test_sees_and_changes_nothing(operation: str, algorithm: str) -> None:
    """Given any call and any of its words, when observed, then words, events and products fit."""

    @LIGHT
    @given(st.data())
    def check(data: st.DataObject) -> None:
        called = data.draw(calls(operation, algorithm, 8))
        count = words_of(called)
        if count:
            check_word(called, data.draw(st.integers(0, count - 1)))

    check()


@pytest.mark.parametrize("operation", sorted(EXAMPLES.keys() - COMPOSITE))
def test_every_word_of_the_examples(operation: str) -> None:
    """Given the example of an operation, when each word is observed, then all fits."""
    for index in range(words_of(EXAMPLES[operation])):
        check_word(EXAMPLES[operation], index)


def mirrored(called: Case, kept: set[Operand]) -> Case:
    """The call with every word that is not kept taken from the other end of its format."""
    inputs = {}
    for port, given_words in called.inputs.items():
        format = given_words.format
        words = [
            word if Operand(port, k) in kept else format.min + format.max - word
            for k, word in enumerate(given_words.words)
        ]
        inputs[port] = Tensor(given_words.shape, format, words)
    return called._replace(inputs=inputs)


@pytest.mark.parametrize(("operation", "algorithm"), FLAT)
def test_operands_make_the_word(operation: str, algorithm: str) -> None:
    """Given a word and its operands, when every other input word changes, then it stays."""
    compared = 0

    @LIGHT
    @given(st.data())
    def check(data: st.DataObject) -> None:
        nonlocal compared
        called = data.draw(calls(operation, algorithm, 8))
        count = words_of(called)
        if not count:
            return
        index = data.draw(st.integers(0, count - 1))
        shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
        terms = OPERATIONS[operation].operands(called.params, shapes, index)
        if not terms:
            return
        made, _ = observed(called, index)
        other, _ = observed(mirrored(called, {k for term in terms for k in term}), index)
        if isinstance(made, dict) and isinstance(other, dict):
            assert other["out"].words[index] == made["out"].words[index]
            compared += 1

    check()
    assert compared > 5


def test_every_operation_names_operands() -> None:
    """Given the examples, when asked what makes their first word, then all but composites say."""
    silent = {
        name
        for name, called in EXAMPLES.items()
        if not OPERATIONS[name].operands(
            called.params, {port: given.shape for port, given in called.inputs.items()}, 0
        )
    }
    assert silent == COMPOSITE


@pytest.mark.parametrize("operation", sorted(EXAMPLES.keys() - COMPOSITE))
def test_operands_are_words(operation: str) -> None:
    """Given the example of an operation, when asked for operands, then they are its words."""
    called = EXAMPLES[operation]
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    for index in range(words_of(called)):
        terms = OPERATIONS[operation].operands(called.params, shapes, index)
        operands = [operand for term in terms for operand in term]
        for port, flat in operands:
            assert flat is not None
            assert 0 <= flat < len(called.inputs[port].words)


def test_a_composite_leaves_operands_to_its_parts() -> None:
    """Given routing, when asked for operands, then it names none."""
    called = EXAMPLES["dynamic_routing"]
    assert OPERATIONS["dynamic_routing"].operands(called.params, {}, 0) == ()


@given(
    st.integers(-40, 40),
    st.lists(st.integers(-40, 40), max_size=6),
    st.data(),
)
def test_following_a_sum_changes_nothing(
    bias: int, products: list[int], data: st.DataObject
) -> None:
    """Given any register, when followed, then sum, events and rejections are as without."""
    register = Register(data.draw(accumulators(0, 8, terms=len(products))), 0, -2)
    results, logs = [], (Log(), Observer(index=3))
    for log in logs:
        try:
            results.append(accumulate(bias, products, register, log, 3))
        except Rejection as rejection:
            results.append(str(rejection))
    assert results[0] == results[1]
    assert logs[0].events == logs[1].events
    (summed,) = logs[1].sums
    overflowed = any(part.overflowed for part in summed.held)
    assert summed.products == tuple(products)
    assert overflowed == (isinstance(results[0], str) or bool(logs[0].events))
    if isinstance(results[0], int):
        assert summed.held[-1].value == results[0]


def followed(
    accumulator: Accumulator, *products: int, bias: int = 5
) -> list[tuple[str, int, bool]]:
    """What a sum holds on its way."""
    observer = Observer()
    with contextlib.suppress(Rejection):
        accumulate(bias, products, Register(accumulator, 0, 0), observer, 0)
    return [tuple(held) for held in observer.sums[0].held]


def test_sums_by_hand() -> None:
    """Given 5 + 5 - 4 in four bits, when followed, then each kind of register is as documented."""
    shown = {
        check: followed(
            Accumulator(format=Format(True, 4, 0), check=check, overflow=Overflow.WRAP), 5, -4
        )
        for check in Check
    }
    start = ("accumulator", 5, False)
    assert shown == {
        Check.EXACT: [start, ("accumulator", 10, True)],  # rejected there
        Check.FINAL: [
            start,
            ("accumulator", 10, False),
            ("accumulator", 6, False),
            ("final accumulator", 6, False),
        ],
        Check.PER_STEP: [start, ("accumulator", -6, True), ("accumulator", 6, True)],
    }


def test_products_groups_and_tiles_by_hand() -> None:
    """Given narrowed products, pairs, spills and a late bias, then each is told as such."""
    s4 = Format(True, 4, 0)
    assert followed(Accumulator(round_at=RoundAt.PRODUCT, product=s4), 9, -4, bias=0) == [
        ("product", 7, True),
        ("product", -4, False),
        ("accumulator", 0, False),
        ("accumulator", 7, False),
        ("accumulator", 3, False),
    ]
    assert followed(Accumulator(order=Pairwise(), bias_at=BiasAt.LAST), 1, 2, 3) == [
        ("accumulator", 0, False),
        ("inner node", 3, False),
        ("accumulator", 3, False),
        ("accumulator", 6, False),
        ("accumulator", 11, False),
    ]
    assert followed(Accumulator(tile=Tile(count=1, spill=s4)), 4, 3) == [
        ("accumulator", 5, False),
        ("accumulator", 9, False),
        ("spill", 7, True),
        ("accumulator", 10, False),
    ]


def test_keeps_only_its_word() -> None:
    """Given words of several places and ports, when made, then only one is kept."""
    observer = Observer(tensor="s", index=1)
    for tensor, index in (("s", 0), ("s", 1), ("t", 1)):
        observer.record(tensor, Event.INEXACT, index)
        accumulate(0, [index + 1], Register(Accumulator(), 0, 0), observer, index, tensor)
        observer.narrowing(tensor, index, 3, 2, 2, Format(True, 4, 0), Rounding.CEIL, Overflow.WRAP)
    observer.note(range(1), "root", 7)
    observer.note(range(1, 2), "root", 8, 3)
    observer.note(range(3), "entries", [4, 5, 6])
    observer.note(range(3), "scores", [4, 5])
    assert observer.recorded == [Event.INEXACT]
    assert [summed.products for summed in observer.sums] == [(2,)]
    assert len(observer.narrowed) == 1
    assert observer.notes == [
        Note("root", 8, 3, None),
        Note("entries", (4, 5, 6), None, 1),
        Note("scores", (4, 5), None, None),
    ]
