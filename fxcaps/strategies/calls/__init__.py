"""One hypothesis strategy of whole calls for every operation and algorithm.

An operation adds its strategy to one of the files of this package, or a file of its own, and its
name to the table below.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from fxcaps.ops import OPERATIONS, Parameters
from fxcaps.strategies.calls import (
    convolutional,
    elementwise,
    layout,
    linear,
    products,
    routing,
    squash,
    vectors,
)
from fxcaps.strategies.calls.case import Case
from fxcaps.types import Reason, Rejection

__all__ = ["ALGORITHMS", "Case", "calls", "parameters"]

ALGORITHMS: tuple[tuple[str, str], ...] = tuple(
    (name, cls.algorithm)
    for name, operation in sorted(OPERATIONS.items())
    for cls in operation.algorithms
)
"""Every operation name with every one of its algorithm names."""


def calls(
    operation: str, algorithm: str = "", max_width: int | None = None
) -> st.SearchStrategy[Case]:
    """Calls of an operation by one of its algorithms: parameters, input tensors, output formats.

    Args:
        operation: its name.
        algorithm: its algorithm's name, empty where there is only one.
        max_width: of input and output words; registers have up to `2 * max_width - 1` bits.
            By default widths are tiny, usual, and beyond machine words: up to 70 bits.

    A call may be one that the specification rejects, for instance for an overflow whose mode is
    `reject`. Rejects an operation or algorithm that is not in `ALGORITHMS` with `NAME_UNKNOWN`.
    """
    if (operation, algorithm) not in ALGORITHMS:
        known = ", ".join(" ".join(pair).strip() for pair in ALGORITHMS)
        name = f"{operation} {algorithm}".strip()
        raise Rejection(Reason.NAME_UNKNOWN, f"no strategy of {name!r}; known: {known}")
    if max_width is None:
        widths = st.sampled_from([4, 8, 32, 70])
        return widths.flatmap(lambda bits: _CASES[operation](algorithm, bits))
    return _CASES[operation](algorithm, max_width)


def parameters(
    operation: str, algorithm: str = "", max_width: int | None = None
) -> st.SearchStrategy[Parameters]:
    """Valid parameters of an algorithm, each valid for some formats; arguments as of `calls`."""
    return calls(operation, algorithm, max_width).map(lambda call: call.params)


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
