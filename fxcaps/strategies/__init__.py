"""Hypothesis strategies for other people's property tests: the extra `hypothesis`.

>>> from hypothesis import given
>>> from fxcaps.strategies import calls
>>> @given(calls("squash", "isqrt_divide", max_width=8))
... def test_mine(call):
...     params, inputs, formats = call

Formats, words and calls are drawn where implementations differ: at the ends of a format, beside
zero and powers of two, at ties, and at widths that are tiny, usual, and beyond machine words.
"""

from __future__ import annotations

try:
    import hypothesis as _  # noqa: F401
except ModuleNotFoundError:  # pragma: no cover - the tests have it
    raise ModuleNotFoundError(
        'fxcaps.strategies needs hypothesis; install it with: pip install "fxcaps[hypothesis]"',
        name="hypothesis",
    ) from None

from fxcaps.strategies.calls import ALGORITHMS, Case, calls, parameters
from fxcaps.strategies.generators import generators
from fxcaps.strategies.programs import images, programs
from fxcaps.strategies.registers import accumulators
from fxcaps.strategies.words import (
    arithmetics,
    edge_words,
    formats,
    overflows,
    roundings,
    shapes,
    tensors,
    tie_words,
    words,
)

__all__ = [
    "ALGORITHMS",
    "Case",
    "accumulators",
    "arithmetics",
    "calls",
    "edge_words",
    "formats",
    "generators",
    "images",
    "overflows",
    "parameters",
    "programs",
    "roundings",
    "shapes",
    "tensors",
    "tie_words",
    "words",
]
