"""argmax: the index of the largest word or of the longest capsule."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import ArgmaxSquares, ArgmaxSticky, ArgmaxWords
from fxcaps.strategies import Case, calls
from fxcaps.types import Format, Reason, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome


@pytest.mark.parametrize("algorithm", ["words", "squares", "sticky"])
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("argmax", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("argmax", called) == twin_outcome("argmax", called)

    check()


@pytest.mark.parametrize("params", [ArgmaxWords(), ArgmaxSquares()])
def test_every_small_group(params: ArgmaxWords | ArgmaxSquares) -> None:
    """Given all triples of three-bit words, alone or as capsules, then the index is the twin's."""
    triples = list(itertools.product(range(-4, 4), repeat=3))
    words = [word for triple in triples for word in triple]
    squares = isinstance(params, ArgmaxSquares)
    x = Tensor((512, 3, 1) if squares else (512, 3), Format(True, 3, 1), words)
    called = call(params, "u2f0", x=x)
    assert spec_outcome("argmax", called) == twin_outcome("argmax", called)


def test_first_of_equals() -> None:
    """Given equal largest words, when compared, then the first index wins."""
    called = call(ArgmaxWords(), "u2f0", x=tensor("s4f0", [[1, 5, 5], [-8, -8, -8], [0, 1, 2]]))
    assert spec_outcome("argmax", called) == Outcome({"out": tensor("u2f0", [1, 0, 2])}, {})


def test_squares_ignore_signs() -> None:
    """Given -8 against 7 and (3, 4) against (5, 0), when lengths compare, then by squares."""
    called = call(ArgmaxSquares(), "u1f0", x=tensor("s4f0", [[[7, 0], [-8, 0]], [[3, 4], [5, 0]]]))
    assert spec_outcome("argmax", called) == Outcome({"out": tensor("u1f0", [1, 0])}, {})


def test_one_group_gives_a_scalar() -> None:
    """Given one capsule, when compared with nothing, then the index is the scalar 0 of u1."""
    for params, x in (
        (ArgmaxWords(), tensor("s4f0", [3])),
        (ArgmaxSquares(), tensor("s4f0", [[3, 2]])),
    ):
        assert spec_outcome("argmax", call(params, "u1f0", x=x)) == Outcome(
            {"out": tensor("u1f0", 0)}, {}
        )


@pytest.mark.parametrize(
    ("params", "shape", "message"),
    [
        (ArgmaxWords(), (), "argmax needs a non-empty last axis, found ()"),
        (ArgmaxWords(), (2, 0), "argmax needs a non-empty last axis, found (2, 0)"),
        (ArgmaxSquares(), (2,), "argmax: nothing to compare in shape (2,)"),
        (ArgmaxSquares(), (0, 2), "argmax: nothing to compare in shape (0, 2)"),
    ],
)
def test_nothing_to_compare(
    params: ArgmaxWords | ArgmaxSquares, shape: tuple[int, ...], message: str
) -> None:
    """Given a shape without capsules, when compared, then it is rejected."""
    words = [0] * (0 if 0 in shape else 2 if shape else 1)
    called = call(params, "u1f0", x=Tensor(shape, Format(True, 4, 0), words))
    assert spec_outcome("argmax", called) == Rejected(Reason.SHAPE_MISMATCH, message)


def test_format_of_an_index_is_fixed() -> None:
    """Given five words, when the index is not u3f0, then the call is rejected."""
    called = call(ArgmaxWords(), "u8f0", x=tensor("s4f0", [1, 2, 3, 4, 5]))
    assert spec_outcome("argmax", called) == Rejected(
        Reason.FORMAT_MISMATCH, "argmax out must be u3f0, found u8f0"
    )


def test_sticky_keeps_what_nothing_exceeds() -> None:
    """Given images in order, when compared stickily, then ties keep the index before."""
    x = tensor("s8f0", [[5, 5, 5], [1, 5, 5], [5, 1, 5], [0, 0, 0], [-3, -2, -2], [-2, -3, -3]])
    for initial, expected in ((0, [0, 1, 0, 0, 1, 0]), (2, [2, 2, 2, 2, 2, 0])):
        called = call(ArgmaxSticky(initial=initial), "u2f0", x=x)
        assert spec_outcome("argmax", called) == Outcome({"out": tensor("u2f0", expected)}, {})


def test_sticky_is_the_first_maximum_without_ties() -> None:
    """Given no equal words, when compared stickily from any index, then as plainly."""
    x = tensor("s8f0", [[1, 2, 3], [3, 2, 1], [2, 3, 1], [-1, -3, -2]])
    for initial in range(3):
        called = call(ArgmaxSticky(initial=initial), "u2f0", x=x)
        assert spec_outcome("argmax", called) == spec_outcome(
            "argmax", call(ArgmaxWords(), "u2f0", x=x)
        )


def test_every_pair_of_small_groups() -> None:
    """Given all sequences of two images of three two-bit words, then the loop's index."""
    groups = list(itertools.product(range(-2, 2), repeat=3))
    pairs = list(itertools.product(groups, repeat=2))
    words = [word for pair in pairs for group in pair for word in group]
    x = Tensor((len(pairs), 2, 3), Format(True, 2, 0), words)
    for initial in range(3):
        called = call(ArgmaxSticky(initial=initial), "u2f0", x=x)
        made = spec_outcome("argmax", called)
        assert made == twin_outcome("argmax", called)
        expected = []
        for pair in pairs:
            prediction = initial
            for group in pair:  # the published loop
                for j in range(3):
                    if group[j] > group[prediction]:
                        prediction = j
                expected.append(prediction)
        assert isinstance(made, Outcome)
        assert made.outputs["out"].words == expected


@pytest.mark.parametrize(
    ("initial", "words", "message"),
    [
        (0, [1, 2], "argmax sticky needs axes (T, J), found shape (2,)"),
        (2, [[1, 2]], "argmax sticky: initial 2 is no index of 2 words"),
    ],
)
def test_sticky_shapes(initial: int, words: list[int], message: str) -> None:
    """Given no axis of images or an index beyond the words, when compared, then rejected."""
    called = call(ArgmaxSticky(initial=initial), "u1f0", x=tensor("s8f0", words))
    assert spec_outcome("argmax", called) == Rejected(Reason.SHAPE_MISMATCH, message)


def test_a_negative_initial_index() -> None:
    """Given an initial index below 0, when parameters are made, then rejected."""
    assert rejection_of(lambda: ArgmaxSticky(initial=-1)) == Rejected(
        Reason.PARAMETER_INVALID, "argmax sticky: initial must not be negative, found -1"
    )
