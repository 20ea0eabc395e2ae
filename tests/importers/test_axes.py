"""Axes by name: learning sizes, moving, describing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fxcaps.importers.axes import describe, learn, move, parse


def test_patterns_are_read() -> None:
    """Given a pattern, when parsed, then flattened axes stand together and 1 has no name."""
    assert parse("types (high wide2) 1 dim_out") == (
        ("types",),
        ("high", "wide2"),
        (),
        ("dim_out",),
    )


@pytest.mark.parametrize("pattern", ["a-b", "(a", "A b", "2", "a)", "a[0]"])
def test_other_patterns_are_errors(pattern: str) -> None:
    """Given what is no pattern, when parsed, then it is the programmer's error."""
    with pytest.raises(ValueError) as caught:
        parse(pattern)
    assert str(caught.value) == f"not a pattern of axes: {pattern!r}"


@pytest.mark.parametrize(
    ("pattern", "shape", "known", "expected"),
    [
        ("a b", (2, 3), {}, {"a": 2, "b": 3}),
        ("a a", (2, 2), {}, {"a": 2}),
        ("a a", (2, 3), {}, None),
        ("a 1", (2, 1), {}, {"a": 2}),
        ("a 1", (2, 2), {}, None),
        ("(a b)", (6,), {"a": 2}, {"a": 2, "b": 3}),
        ("(a b)", (7,), {"a": 2}, None),
        ("(a b)", (6,), {"a": 2, "b": 3}, {"a": 2, "b": 3}),
        ("(a b)", (6,), {"a": 2, "b": 4}, None),
        ("a", (2, 3), {}, None),
        ("a b", (2, 0), {}, None),
        ("", (), {"a": 1}, {"a": 1}),
    ],
)
def test_sizes_are_learnt(
    pattern: str, shape: tuple[int, ...], known: dict[str, int], expected: dict[str, int] | None
) -> None:
    """Given a shape, when its sizes are learnt, then they are told, or that it does not fit."""
    assert learn(parse(pattern), shape, known) == expected


def test_two_unknown_sizes_are_an_error() -> None:
    """Given an axis of two unknown sizes, when learnt, then it is the programmer's error."""
    with pytest.raises(ValueError) as caught:
        learn(parse("(a b)"), (6,), {})
    assert str(caught.value) == "more than one unknown size among ('a', 'b')"


def test_moving_is_by_index() -> None:
    """Given an array, when moved, then each element is where its indices say."""
    sizes = {"t": 2, "h": 3, "w": 4, "k": 5, "j": 2, "d": 3}
    array = np.arange(24 * 5 * 6).reshape(24, 5, 6)
    made = move(array, parse("(t h w) k (j d)"), parse("(h w t) j d k"), sizes)
    assert made.shape == (24, 2, 3, 5)
    for t, h, w, k, j, d in itertools.product(*(range(sizes[name]) for name in "thwkjd")):
        source = array[(t * 3 + h) * 4 + w, k, j * 3 + d]
        assert made[(h * 4 + w) * 2 + t, j, d, k] == source
    assert made.flags.c_contiguous


def test_moving_back_is_the_array() -> None:
    """Given an array with an axis of extent 1, when moved there and back, then it is the same."""
    sizes = {"a": 2, "b": 3}
    array = np.arange(6).reshape(3, 1, 2)
    there = move(array, parse("b 1 a"), parse("(a b)"), sizes)
    assert move(there, parse("(a b)"), parse("b 1 a"), sizes).tolist() == array.tolist()


def test_other_names_cannot_be_moved_to() -> None:
    """Given orders of different names, when moved, then it is the programmer's error."""
    with pytest.raises(ValueError) as caught:
        move(np.zeros((2, 3)), parse("a b"), parse("a c"), {"a": 2, "b": 3, "c": 3})
    assert str(caught.value) == "axes ['a', 'b'] cannot become ['a', 'c']"


@pytest.mark.parametrize(
    ("pattern", "known", "expected"),
    [
        ("a (b c) 1", {"b": 2}, "(a, 2*c, 1)"),
        ("(b c)", {"b": 2, "c": 4}, "(8,)"),
        ("a", {}, "(a,)"),
        ("", {}, "()"),
    ],
)
def test_what_is_needed_is_described(pattern: str, known: dict[str, int], expected: str) -> None:
    """Given sizes known in part, when described, then numbers and names stand as in a shape."""
    assert describe(parse(pattern), known) == expected
