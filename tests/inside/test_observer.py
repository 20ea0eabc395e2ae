"""Observers: they see how a word is made and change nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.inside.observer import Note, Observer
from fxcaps.inside.register import Held, partial_sums
from fxcaps.ops import OPERATIONS, operation_of
from fxcaps.ops.operation import Operand
from fxcaps.spec import SPEC
from fxcaps.spec.accumulate import accumulate
from fxcaps.spec.arithmetic import handle_overflow
from fxcaps.types import (
    Accumulator,
    Check,
    Event,
    Format,
    Log,
    Overflow,
    Rejection,
    Rounding,
    Tensor,
)
from tests.support.cases import ALGORITHMS, LIGHT, Case, case
from tests.support.examples import EXAMPLES
from tests.support.outcomes import Rejected, spec_outcome
from tests.support.strategies import accumulators

FLAT = [pair for pair in ALGORITHMS if pair[0] != "dynamic_routing"]
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
    for summed in observer.sums:
        assert [product_of(called, term) for term in products] == list(summed.products)


@pytest.mark.parametrize(("operation", "algorithm"), FLAT)
def test_sees_and_changes_nothing(operation: str, algorithm: str) -> None:
    """Given any call and any of its words, when observed, then words, events and products fit."""

    @LIGHT
    @given(st.data())
    def check(data: st.DataObject) -> None:
        called = data.draw(case(operation, algorithm, 8))
        count = words_of(called)
        if count:
            check_word(called, data.draw(st.integers(0, count - 1)))

    check()


@pytest.mark.parametrize("operation", sorted(EXAMPLES.keys() - {"dynamic_routing"}))
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
        called = data.draw(case(operation, algorithm, 8))
        count = words_of(called)
        if not count:
            return
        index = data.draw(st.integers(0, count - 1))
        shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
        terms = OPERATIONS[operation].operands(called.params, shapes, index)
        made, _ = observed(called, index)
        other, _ = observed(mirrored(called, {k for term in terms for k in term}), index)
        if isinstance(made, dict) and isinstance(other, dict):
            assert terms
            assert other["out"].words[index] == made["out"].words[index]
            compared += 1

    check()
    assert compared > 5


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - {"dynamic_routing"}))
def test_operands_are_words(operation: str) -> None:
    """Given the example of an operation, when asked for operands, then they are its words."""
    called = EXAMPLES[operation]
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    for index in range(words_of(called)):
        terms = OPERATIONS[operation].operands(called.params, shapes, index)
        operands = [operand for term in terms for operand in term]
        assert operands
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
    accumulators(0, 8),
)
def test_partial_sums_end_where_the_spec_does(
    start: int, products: list[int], accumulator: Accumulator
) -> None:
    """Given any sum, when shown step by step, then the last is the spec's register."""
    log, observer = Log(), Observer(index=3)
    try:
        kept = accumulate(start, products, accumulator, log, 3)
    except Rejection:
        kept = None
    try:
        accumulate(start, products, accumulator, observer, 3)
    except Rejection:
        assert kept is None
    (summed,) = observer.sums
    held = partial_sums(summed)
    assert len(held) == len(products) + 1
    overflowed = any(part.overflowed for part in held)
    if kept is None:
        assert overflowed
        assert held[-1].value == start + sum(products)
    else:
        assert held[-1].value == kept
        assert overflowed == (Event.ACCUMULATOR_OVERFLOW in log.events.get("out", {}))


def test_partial_sums_by_hand() -> None:
    """Given 5 + 5 - 4 in four bits, when shown, then each kind of register is as documented."""
    shown = {}
    for check in Check:
        observer = Observer()
        register = Accumulator(format=Format(True, 4, 0), check=check, overflow=Overflow.WRAP)
        try:
            accumulate(5, [5, -4], register, observer, 0)
        except Rejection:
            assert check is Check.EXACT
        shown[check] = partial_sums(observer.sums[0])
    assert shown == {
        Check.EXACT: [Held(5, False), Held(10, True), Held(6, False)],
        Check.FINAL: [Held(5, False), Held(10, False), Held(6, False)],
        Check.PER_STEP: [Held(5, False), Held(-6, True), Held(6, True)],
    }


def test_keeps_only_its_word() -> None:
    """Given words of several places and ports, when made, then only one is kept."""
    observer = Observer(tensor="s", index=1)
    for tensor, index in (("s", 0), ("s", 1), ("t", 1)):
        observer.record(tensor, Event.INEXACT, index)
        accumulate(0, [index + 1], Accumulator(), observer, index, tensor)
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
