"""What is drawn: edges and ties, every algorithm, and calls that find known mistakes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import fxcaps
from fxcaps.ops import Parameters, Requantize, operation_of
from fxcaps.spec import SPEC
from fxcaps.strategies import (
    ALGORITHMS,
    Case,
    calls,
    edge_words,
    formats,
    parameters,
    tie_words,
    words,
)
from fxcaps.types import Format, Log, Reason, Rejection, Rounding
from tests.support.light import LIGHT
from tests.support.outcomes import Rejected, rejection_of

SMALL = Format(True, 4, 2)

QUICK = settings(max_examples=2000, phases=[Phase.generate])
"""Looks for an example and does not simplify it."""


def test_edge_words() -> None:
    """Given a format, when its edges are listed, then ends, zero, powers of two and neighbours."""
    assert edge_words(Format(True, 6, 0)) == sorted(
        {0, -32, -31, 30, 31}
        | {sign * (1 << k) + near for sign in (1, -1) for k in range(5) for near in (-1, 0, 1)}
    )
    assert edge_words(Format(False, 2, 5)) == [0, 1, 2, 3]


@pytest.mark.parametrize("word", [-8, 7, -1, 0])
def test_edges_are_found(word: int) -> None:
    """Given a format, when an edge is looked for, then words are that one, too."""
    assert find(words(SMALL), lambda drawn: drawn == word, settings=QUICK) == word


@given(formats(2, 20).flatmap(tie_words))
def test_ties_have_a_last_one(word: int) -> None:
    """Given ties, when drawn, then none is zero: they end in a one and zeros."""
    assert word != 0


@LIGHT
@given(
    st.sampled_from(ALGORITHMS).flatmap(lambda pair: st.tuples(st.just(pair), parameters(*pair)))
)
def test_parameters_are_of_their_algorithm(drawn: tuple[tuple[str, str], Parameters]) -> None:
    """Given an algorithm, when parameters are drawn, then of its class."""
    pair, params = drawn
    assert (operation_of(params).name, params.algorithm) == pair


def test_unknown_names() -> None:
    """Given names without a strategy, when asked for, then one line names those that have one."""
    known = ", ".join(" ".join(pair).strip() for pair in ALGORITHMS)
    for arguments, name in ((("squish",), "squish"), (("squash", "best"), "squash best")):
        assert rejection_of(lambda given=arguments: calls(*given)) == Rejected(  # type: ignore[misc]
            Reason.NAME_UNKNOWN, f"no strategy of {name!r}; known: {known}"
        )


def test_a_wrong_tie_is_found() -> None:
    """Given a requantize that rounds ties away, when calls are drawn, then one tells."""

    def differs(call: Case) -> bool:
        assert isinstance(call.params, Requantize)
        if call.params.rounding is not Rounding.TIES_TO_EVEN:
            return False
        wrong = Requantize(rounding=Rounding.TIES_AWAY, overflow=call.params.overflow)
        spec = SPEC["requantize"]
        try:
            right = spec(call.params, call.inputs, call.formats, Log())
            return right != spec(wrong, call.inputs, call.formats, Log())
        except Rejection:
            return False

    found = find(calls("requantize", max_width=8), differs, settings=QUICK)
    assert differs(found)


def test_hypothesis_is_imported_nowhere_else() -> None:
    """Given the package, when its imports are read, then hypothesis is one of strategies alone."""
    root = Path(fxcaps.__file__).parent
    found = {
        path.relative_to(root).parts[0]
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name.split(".")[0] == "hypothesis"
    }
    assert found == {"strategies"}


@LIGHT
@given(words(Format(True, 70, 3)))
def test_wide_words_are_words(word: int) -> None:
    """Given a format beyond machine words, when words are drawn, then it holds them."""
    assert Format(True, 70, 3).contains(word)
