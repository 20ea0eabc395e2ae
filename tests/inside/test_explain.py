"""Explanations: every word of every operation is the word that runs make."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fxcaps.inside import Note, explain
from fxcaps.inside.target import place_of
from fxcaps.network import Program, expand, run
from fxcaps.ops import (
    ArgmaxSquares,
    Conv2d,
    Isqrt,
    Length,
    Requantize,
    SoftmaxExact,
    SoftmaxLut,
    SquashExact,
    SquashIsqrtDivide,
)
from fxcaps.strategies import Case
from fxcaps.types import (
    Event,
    Format,
    Overflow,
    Reason,
)
from tests.inside.build import program_of
from tests.network.build import (
    ON_ENGINE,
    ON_SPEC,
    one_step_program,
    small_images,
    small_network,
    small_program,
)
from tests.support.build import call, tensor
from tests.support.examples import EXAMPLES
from tests.support.outcomes import Rejected, rejection_of

IMAGES = small_images()

SAMPLE = 12
"""Most words of a tensor that are explained."""


def check_tensor(program: Program, name: str, image: int, words: np.ndarray) -> None:
    """Words spread over a tensor are explained as a run has them."""
    for index in np.unique(np.linspace(0, words.size - 1, min(SAMPLE, words.size)).astype(int)):
        at = place_of(int(index), words.shape)
        found = explain(program, IMAGES, image, at, ON_ENGINE, tensor=name)
        assert (found.word, found.traced, found.rejection) == (words[at], words[at], None)
        assert found.format == program.tensors[name].format
        for made in found.narrowings:
            assert abs(made.exact - made.rounded) < 1
            assert not made.fits or made.rounded == found.word
            assert (Event.INEXACT in found.events) == (made.dropped != 0)


@pytest.mark.parametrize("operation", sorted(EXAMPLES))
def test_every_operation(operation: str) -> None:
    """Given the example of an operation, when explained word by word, then a run agrees."""
    program, image = program_of(EXAMPLES[operation])
    flat = expand(program)
    made = run(flat, image, ON_SPEC, keep=flat.traced)
    for step in flat.steps:
        for name in step.outputs.values():
            for index in range(made.words[name][0].size):
                at = place_of(index, made.words[name].shape[1:])
                found = explain(program, image, 0, at, ON_ENGINE, tensor=name)
                word = int(made.words[name][(0, *at)])
                assert (found.word, found.traced) == (word, word)
                assert found.operands or found.sums


@pytest.mark.parametrize("routed", [False, True])
def test_words_of_every_step(routed: bool) -> None:
    """Given a small Program, when words of each step are explained, then a run agrees."""
    program = small_program(small_network(routed=routed))
    made = run(program, IMAGES, ON_ENGINE, keep=program.traced)
    for step in expand(program).steps:
        for name in step.outputs.values():
            check_tensor(program, name, 3, made.words[name][3])


def test_a_squash_names_its_intermediates() -> None:
    """Given (30, -40) with five fraction bits, when explained, then N, root and divisor stand."""
    called = call(SquashIsqrtDivide(guard=1), "s8f7", x=tensor("s8f5", [[30, -40]]))
    program, image = program_of(called)
    found = explain(program, image, 0, (0, 1), ON_ENGINE, step="step")
    assert found.notes == (
        Note("N", 2500, 10, None),
        Note("root", 100, 6, None),
        Note("divisor", 3524, 10, None),
    )
    assert [word.word for word in found.operands] == [30, -40]
    assert [made.exact for made in found.narrowings] == [Fraction(-40 * 100 * 64, 3524)]


@pytest.mark.parametrize(
    ("called", "notes"),
    [
        (
            call(ArgmaxSquares(), "u1f0", x=tensor("s4f0", [[1, 2], [3, 0]])),
            [Note("scores", (5, 9), None, None)],
        ),
        (call(Isqrt(), "u4f1", x=tensor("u4f0", [10])), [Note("root", 6, 1, None)]),
        (
            call(
                Conv2d(relu=True),
                "u4f0",
                x=tensor("s4f1", [[[-3]]]),
                weight=tensor("s4f1", [[[[2]]]]),
            ),
            [Note("after ReLU", 0, 2, None)],
        ),
        (call(Length(), "u4f2", x=tensor("s4f1", [3, 4])), [Note("N", 25, 2, None)]),
        (
            call(SquashExact(), "s4f3", x=tensor("s4f1", [3, 4])),
            [Note("N", 25, 2, None), Note("divisor", 29, 2, None)],
        ),
        (
            call(SoftmaxExact(), "u4f4", x=tensor("s4f1", [3, 4])),
            [Note("largest", 4, 1, None), Note("distances", (1, 0), 1, 0)],
        ),
        (
            call(SoftmaxLut(table=(8, 3), index_frac=1), "u4f4", x=tensor("s4f1", [3, 4])),
            [
                Note("largest", 4, 1, None),
                Note("distances", (1, 0), 1, 0),
                Note("entries", (3, 8), None, 0),
                Note("sum", 11, None, None),
            ],
        ),
    ],
)
def test_intermediates(called: Case, notes: list[Note]) -> None:
    """Given an algorithm with intermediates, when its first word is explained, they are named."""
    program, image = program_of(called)
    rank = len(program.tensors["made.out"].shape)
    found = explain(program, image, 0, (0,) * rank, ON_ENGINE, step="step")
    assert list(found.notes) == notes


def test_roots_are_told_to_lie_between() -> None:
    """Given lengths of (3, 4) and (1, 1), then one is exact, the other lies between."""
    program, image = program_of(
        EXAMPLES["length"]._replace(inputs={"x": tensor("s8f4", [[3, 4], [1, 1]])})
    )
    exact, between = (
        explain(program, image, 0, (k,), ON_ENGINE, step="step").narrowings[0] for k in range(2)
    )
    assert (exact.exact, exact.irrational, exact.dropped) == (5, False, 0)
    # sqrt(2) lies below its half: a quarter above 1 stands for it
    assert (between.exact, between.irrational, between.rounded) == (Fraction(5, 4), True, 1)


@pytest.mark.parametrize(
    ("word", "exact", "irrational"),
    [(9, Fraction(3), False), (10, Fraction(13, 4), True), (15, Fraction(15, 4), True)],
)
def test_halves_of_integer_roots(word: int, exact: Fraction, irrational: bool) -> None:
    """Given roots on, below and above a half step, then what is shown lies where they do."""
    program, image = program_of(call(Isqrt(), "u4f0", x=tensor("u4f0", [word])))
    (made,) = explain(program, image, 0, (0,), ON_ENGINE, step="step").narrowings
    assert (made.exact, made.irrational, made.rounded) == (exact, irrational, 3)


def test_a_part_of_routing_is_named() -> None:
    """Given a tensor of routing, when explained, then its part and composite step are named."""
    found = explain(small_program(), IMAGES, 1, (0, 1), ON_ENGINE, tensor="digit.v1")
    assert (found.step, found.part, found.image) == ("digit.squash1", ("digit", "squash1"), 1)
    assert found == explain(small_program(), IMAGES, 1, (0, 1), ON_SPEC, step="digit.squash1")
    flat = explain(expand(small_program()), IMAGES, 1, (0, 1), ON_SPEC, step="digit.squash1")
    assert flat == replace(found, part=None)


def test_only_what_the_step_needs_is_computed() -> None:
    """Given a step after the one asked for that rejects, when explained, then it does not run."""
    program = small_program()
    made = explain(program, IMAGES, 0, (0, 0, 0), ON_ENGINE, step="conv")
    steps = tuple(
        replace(step, params=replace(step.params, overflow=Overflow.REJECT))
        if step.name == "length"
        else step
        for step in program.steps
    )
    tensors = dict(program.tensors)
    tensors["length"] = replace(tensors["length"], format=Format(False, 1, 12))
    # argmax reads the changed length and still fits
    broken = replace(program, steps=steps, tensors=tensors)
    assert rejection_of(lambda: run(broken, IMAGES, ON_ENGINE)).reason is Reason.OUTPUT_OUT_OF_RANGE
    assert explain(broken, IMAGES, 0, (0, 0, 0), ON_ENGINE, step="conv") == made
    after = rejection_of(lambda: explain(broken, IMAGES, 0, (), ON_ENGINE, step="class"))
    assert after.message.startswith("step 'length': out[0]: ")


def test_rejections_are_explained() -> None:
    """Given a word that does not fit and may not be touched, then its way up to there is shown."""
    program = one_step_program(Requantize(overflow=Overflow.REJECT))
    images = np.array([[9, 3]])
    found = explain(program, images, 0, (0,), ON_ENGINE, step="narrow")
    message = "OUTPUT_OUT_OF_RANGE: step 'narrow': out[0]: 9 is outside s4f0 [-8, 7]"
    assert (found.word, found.traced, found.rejection) == (None, None, message)
    assert [(made.rounded, made.fits) for made in found.narrowings] == [(9, False)]
    later = explain(program, images, 0, (1,), ON_ENGINE, step="narrow")
    assert (later.word, later.narrowings, later.rejection) == (None, (), message)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            {"image": 5, "at": (0, 0, 0), "step": "conv"},
            Rejected(Reason.PARAMETER_INVALID, "image must be 0 to 4, found 5"),
        ),
        (
            {"at": (0, 0), "step": "conv"},
            Rejected(Reason.PARAMETER_INVALID, "0,0 is no place in 'conv' of shape (6, 6, 2)"),
        ),
        (
            {"at": (0, 6, 0), "step": "conv"},
            Rejected(Reason.PARAMETER_INVALID, "0,6,0 is no place in 'conv' of shape (6, 6, 2)"),
        ),
        (
            {"at": (), "step": "length"},
            Rejected(Reason.PARAMETER_INVALID, "nothing is no place in 'length' of shape (3,)"),
        ),
        (
            {"at": ()},
            Rejected(Reason.PARAMETER_INVALID, "name either a step or the tensor that it makes"),
        ),
        (
            {"at": (), "step": "convolve"},
            Rejected(
                Reason.NAME_UNKNOWN,
                "small has no step 'convolve'; known: image, conv, primary.conv, "
                "primary.capsules, primary, votes, digit.softmax0, digit.weighted_sum0, "
                "digit.squash0, length, class",
            ),
        ),
        (
            {"at": (), "step": "digit"},
            Rejected(
                Reason.PARAMETER_INVALID,
                "step 'digit' has parts; name one of digit.softmax0, digit.weighted_sum0, "
                "digit.squash0",
            ),
        ),
        (
            {"at": (0, 0), "tensor": "digit.b0"},
            Rejected(
                Reason.NAME_UNKNOWN,
                "no step of small computes 'digit.b0'; known: image, conv, primary.maps, "
                "primary.s, primary, digit.votes, digit.c0, digit.s0, digit.v0, length, class",
            ),
        ),
    ],
)
def test_refuses(asked: dict[str, object], expected: Rejected) -> None:
    """Given what does not exist, when asked for, then one line says what does."""
    program = small_program(small_network(iterations=1))
    given = {"image": 0} | asked
    assert rejection_of(lambda: explain(program, IMAGES, tables=ON_ENGINE, **given)) == expected


def test_refuses_images() -> None:
    """Given images of another shape, when explained, then a run's own line says so."""
    program = small_program()
    expected = rejection_of(lambda: run(program, IMAGES[:, :5], ON_ENGINE))
    found = rejection_of(
        lambda: explain(program, IMAGES[:, :5], 0, (0, 0, 0), ON_ENGINE, step="conv")
    )
    assert found.reason is Reason.SHAPE_MISMATCH
    assert found.message == expected.message.replace("(5, 5", "(1, 5")
