"""One hypothesis strategy of whole calls for every operation and algorithm.

An operation adds its strategy to one of the files of this package, or a file of its own, and its
name to the table below.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st

from fxcaps.ops import OPERATIONS
from tests.support.cases import (
    convolutional,
    elementwise,
    layout,
    linear,
    products,
    routing,
    squash,
    vectors,
)
from tests.support.cases.base import Case

__all__ = ["ALGORITHMS", "LIGHT", "Case", "calls", "case"]

ALGORITHMS: tuple[tuple[str, str], ...] = tuple(
    (name, cls.algorithm)
    for name, operation in sorted(OPERATIONS.items())
    for cls in operation.algorithms
)
"""Every operation name with every one of its algorithm names."""


LIGHT = settings(max_examples=max(1, settings().max_examples // 2))
"""Half of the profile's examples, for what does not depend on every word."""


def case(operation: str, algorithm: str = "", max_width: int = 32) -> st.SearchStrategy[Case]:
    """Calls of an operation by one of its algorithms.

    Args:
        operation: its name.
        algorithm: its algorithm's name, empty where there is only one.
        max_width: of input and output words; registers have up to `2 * max_width - 1` bits.
    """
    return _CASES[operation](algorithm, max_width)


def calls(operation: str, algorithm: str = "") -> st.SearchStrategy[Case]:
    """Calls at widths that are tiny, usual, and beyond machine words."""
    return st.sampled_from([4, 8, 32, 70]).flatmap(lambda bits: case(operation, algorithm, bits))


_CASES: dict[str, Callable[[str, int], st.SearchStrategy[Case]]] = {
    "add": elementwise.add,
    "affine": linear.affine,
    "agreement": products.agreement,
    "argmax": vectors.argmax,
    "conv2d": products.conv2d,
    "conv_routing": convolutional.conv_routing,
    "conv_votes": convolutional.conv_votes,
    "dense": linear.dense,
    "divide": elementwise.divide,
    "dynamic_routing": routing.dynamic_routing,
    "isqrt": elementwise.isqrt,
    "layout": layout.layout,
    "length": vectors.length,
    "quantize": elementwise.quantize,
    "relu": linear.relu,
    "requantize": elementwise.requantize,
    "rescale": linear.rescale,
    "sigmoid": elementwise.sigmoid,
    "softmax": vectors.softmax,
    "squash": squash.squash,
    "votes": products.votes,
    "weighted_sum": products.weighted_sum,
}
