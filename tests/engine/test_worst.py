"""The worst errors that the pages state, over all inputs of small formats."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from fxcaps.engine import ENGINE
from fxcaps.ops import Arithmetic, find_parameters
from fxcaps.ops.batch import Words
from fxcaps.types import Format
from tests.spec.pages import OPS, Table, table_with

SOFTMAX = table_with(OPS["softmax"], "algorithm", "`u5f5`, 3 of `s5f2`")
SIGMOID = table_with(OPS["sigmoid"], "algorithm", "`u8f8`, `s8f4`")


def worst(operation: str, algorithm: str, out: Format, x: Format, dim: int) -> int:
    """The largest difference of fitted parameters to the exact algorithm, in output steps."""
    words = list(itertools.product(range(x.min, x.max + 1), repeat=dim))
    inputs = {"x": Words(np.array(words, np.int64), x)}
    made = []
    for name in ("exact", algorithm):
        cls: Any = find_parameters(operation, name)
        result = ENGINE[operation](cls.fit(x, out, Arithmetic()), inputs, {"out": out})
        assert not result.undecided.any()
        made.append(result.outputs["out"])
    return int(np.abs(made[0] - made[1]).max())


def rows(table: Table) -> list[Any]:
    """Algorithm, output, logits of a vector, their format and the stated error, of each cell."""
    found = []
    for name, *errors in table.rows:
        for head, error in zip(table.head[1:], errors, strict=True):
            out, given = head.replace("`", "").split(", ")
            dim, _, x = given.rpartition(" of ")
            found.append((name, Format.parse(out), int(dim or 1), Format.parse(x), int(error)))
    return found


@pytest.mark.parametrize(("algorithm", "out", "dim", "x", "error"), rows(SOFTMAX))
def test_softmax(algorithm: str, out: Format, dim: int, x: Format, error: int) -> None:
    """Given all vectors of a format, when coupled with fitted parameters, then as stated."""
    assert worst("softmax", algorithm, out, x, dim) == error


@pytest.mark.parametrize(("algorithm", "out", "dim", "x", "error"), rows(SIGMOID))
def test_sigmoid(algorithm: str, out: Format, dim: int, x: Format, error: int) -> None:
    """Given all words of a format, when looked up with fitted parameters, then as stated."""
    assert worst("sigmoid", algorithm, out, x, dim) == error


def test_every_fitted_algorithm_is_listed() -> None:
    """Given the tables, when their rows are read, then no integer algorithm is missing."""
    assert [row[0] for row in SOFTMAX.rows] == ["lut", "lut_reciprocal", "b2", "lnu", "taylor"]
    assert [row[0] for row in SIGMOID.rows] == ["lut"]
