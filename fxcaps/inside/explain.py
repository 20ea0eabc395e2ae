"""Explain one output word product by product, on the specification."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from fxcaps.inside.explanation import Explanation, Narrowing, Product, Sum, Word
from fxcaps.inside.observer import Held, Narrowed, Observer, Summed
from fxcaps.inside.target import Target, find_target, flat_index, place_of
from fxcaps.network import Program, Tables, apply
from fxcaps.network.dispatch import constant_ports
from fxcaps.network.executor import step_inputs
from fxcaps.network.images import check_images
from fxcaps.ops import operation_of
from fxcaps.ops.batch import Words
from fxcaps.ops.operands import Operand, Term
from fxcaps.types import QUARTERS, Pairwise, Permutation, Reason, Rejection, Tensor, Tree

Given = Mapping[str, Tensor]
"""Inputs of the explained step by port."""


def explain(
    program: Program,
    images: NDArray[Any],
    image: int,
    at: tuple[int, ...],
    tables: Tables,
    *,
    step: str | None = None,
    tensor: str | None = None,
) -> Explanation:
    """Explain one word that a Program makes of one image.

    What the step reads is computed with the tables; the step itself is computed with its
    normative function under an observer, and once more with the tables for `traced`.

    Args:
        program: any Program.
        images: `(N, *shape)` integers of the input's format.
        image: which of them.
        at: the word's place in the output tensor, one index an axis.
        tables: operation tables.
        step: a step, or a part of a composite one as in `digit.squash1`.
        tensor: instead of the step, the tensor that it makes.

    Rejects unknown steps and tensors (`NAME_UNKNOWN`), composite steps without a part, places
    and images that do not exist (`PARAMETER_INVALID`), and what a run rejects before the step.
    """
    target = find_target(program, step, tensor)
    if not 0 <= image < len(images):
        raise Rejection(
            Reason.PARAMETER_INVALID, f"image must be 0 to {len(images) - 1}, found {image}"
        )
    chosen = images[image : image + 1]
    inputs = {name: program.tensors[name].signature for name in program.inputs}
    check_images(chosen, inputs, program.name)
    entry = target.flat.tensors[target.tensor]
    index = flat_index(at, entry.shape, target.tensor)
    words = _inputs(target, chosen, image, tables)
    given = {port: _sample(target, port, found) for port, found in words.items()}
    observer = Observer(tensor=target.port, index=index, image=image)
    word, rejection = _observed(target, given, tables, observer)
    terms = _terms(target, given, index)
    inner = operation_of(target.step.params).inner_sums
    return Explanation(
        program=program.name,
        image=image,
        step=target.step.name,
        operation=target.step.params.title(),
        part=target.part,
        tensor=target.tensor,
        at=at,
        format=entry.format,
        operands=() if observer.sums and not inner else _alone(target, given, terms),
        sums=tuple(_sum(target, given, made, terms) for made in observer.sums),
        notes=tuple(note for note in observer.notes if note.name != QUARTERS),
        narrowings=tuple(_narrowing(made, observer) for made in observer.narrowed),
        word=word,
        traced=_traced(target, words, index, tables),
        events=tuple(observer.recorded),
        rejection=rejection,
    )


def _inputs(target: Target, chosen: NDArray[Any], image: int, tables: Tables) -> dict[str, Words]:
    """What the step reads, from the steps that it depends on and no others."""
    flat, step = target.flat, target.step
    needed = set(step.inputs.values())
    before = []
    for earlier in reversed(flat.steps[: flat.steps.index(step)]):
        if needed & set(earlier.outputs.values()):
            before.append(earlier)
            needed |= set(earlier.inputs.values())
    live = {flat.inputs[0]: chosen.astype("int64")}
    for earlier in reversed(before):
        found = step_inputs(flat, earlier, live, image, 1)
        try:
            made = apply(earlier.params, found, flat.formats(earlier), tables)
        except Rejection as rejection:
            raise rejection.within(f"step {earlier.name!r}") from None
        live |= {earlier.outputs[port]: words for port, words in made.outputs.items()}
    return step_inputs(flat, step, live, image, 1)


def _sample(target: Target, port: str, words: Words) -> Tensor:
    constant = port in constant_ports(target.step.params)
    array = words.array if constant else words.array[0]
    return Tensor(array.shape, words.format, array.ravel().tolist())


def _observed(
    target: Target, given: Given, tables: Tables, observer: Observer
) -> tuple[int | None, str | None]:
    """The word, or why there is none."""
    step = target.step
    try:
        made = tables.spec[step.params.operation](
            step.params, given, target.flat.formats(step), observer
        )
    except Rejection as rejection:
        return None, str(rejection.within(f"step {step.name!r}"))
    return made[target.port].words[observer.index], None


def _traced(target: Target, words: Mapping[str, Words], index: int, tables: Tables) -> int | None:
    """The word of an ordinary run; None where it rejects."""
    step = target.step
    try:
        made = apply(step.params, words, target.flat.formats(step), tables)
    except Rejection:
        return None
    return int(made.outputs[target.port][0].flat[index])


def _terms(target: Target, given: Given, index: int) -> tuple[Term, ...]:
    params = target.step.params
    shapes = {port: tensor.shape for port, tensor in given.items()}
    return operation_of(params).operands(params, shapes, index)


def _word(target: Target, given: Given, operand: Operand) -> Word:
    """The operand with its name, place, word and value."""
    tensor, index = given[operand.port], operand.flat
    word = 0 if index is None else tensor.words[index]
    at = None if index is None else place_of(index, tensor.shape)
    name = target.step.inputs[operand.port]
    return Word(operand.port, name, at, word, tensor.format.value(word))


def _alone(target: Target, given: Given, terms: tuple[Term, ...]) -> tuple[Word, ...]:
    return tuple(_word(target, given, operand) for term in terms for operand in term)


def _sum(target: Target, given: Given, made: Summed, terms: tuple[Term, ...]) -> Sum:
    """A sum with what is multiplied in it, where the operation's map fits its products."""
    params = target.step.params
    operation = operation_of(params)
    starts = [term for term in terms if term[0].port in operation.aligned]
    factors = [term for term in terms if term[0].port not in operation.aligned]
    if operation.inner_sums or len(factors) != len(made.products):
        factors = [()] * len(made.products)
    formats = {port: tensor.format for port, tensor in given.items()}
    fractions = operation.product_fractions(params, formats, target.flat.formats(target.step))
    narrowed = [held for held in made.held if held.place == "product"]
    start, *after = (held for held in made.held if held.place != "product")
    order = made.accumulator.order
    count = len(made.products)
    positions = order.positions if isinstance(order, Permutation) else range(count)
    registers: list[Held] = []
    if made.accumulator.tile is None and not isinstance(order, Pairwise | Tree):
        registers, after = after[:count], after[count:]
    products = (
        Product(
            position,
            tuple(_word(target, given, operand) for operand in factors[position]),
            made.products[position],
            narrowed[position] if narrowed else None,
            registers[k] if k < len(registers) else None,
        )
        for k, position in enumerate(positions)
    )
    return Sum(
        frac=made.accumulator.frac(fractions[target.port]),
        bias=_word(target, given, starts[0][0]) if starts else None,
        start=start,
        products=tuple(products),
        later=tuple(after),
        accumulator=made.accumulator,
        total=made.held[-1],
    )


def _narrowing(made: Narrowed, observer: Observer) -> Narrowing:
    stand_in = any(note.name == QUARTERS for note in observer.notes)
    exact = Fraction(made.numerator, made.denominator)
    # Parts of a step: an odd one is a value strictly between its neighbours (NUM-8, QC-5).
    irrational = stand_in and made.numerator % 2 == 1
    return Narrowing(exact, irrational, made.rounded, made.format, made.rounding, made.overflow)
