"""One hypothesis strategy of whole calls for every operation and algorithm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from fxcaps.ops import (
    OPERATIONS,
    Add,
    Agreement,
    ArgmaxSquares,
    ArgmaxWords,
    Concat,
    Conv2d,
    DynamicRouting,
    Isqrt,
    Length,
    Parameters,
    Quantize,
    Requantize,
    Reshape,
    RoutingIteration,
    Take,
    Transpose,
    Votes,
    WeightedSum,
)
from fxcaps.types import Format, Shape, Tensor
from tests.support.strategies import (
    accumulators,
    formats,
    fractions,
    logit_formats,
    near,
    overflows,
    roundings,
    shapes,
    softmax_params,
    squash_params,
    tensors,
)

ALGORITHMS: tuple[tuple[str, str], ...] = tuple(
    (name, cls.algorithm)
    for name, operation in sorted(OPERATIONS.items())
    for cls in operation.algorithms
)
"""Every operation name with every one of its algorithm names."""


LIGHT = settings(max_examples=max(1, settings().max_examples // 4))
"""A quarter of the profile's examples, for what does not depend on every word."""


class Case(NamedTuple):
    """Everything that a call takes."""

    params: Parameters
    inputs: dict[str, Tensor]
    formats: dict[str, Format]


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


def _narrowing(draw: st.DrawFn, out: Format, *, reject: bool = True) -> dict[str, Any]:
    return {"rounding": draw(roundings()), "overflow": draw(overflows(out, reject=reject))}


def _summing(
    draw: st.DrawFn, out: Format, frac: int, max_width: int, *, reject: bool = True
) -> dict[str, Any]:
    register = draw(accumulators(frac, 2 * max_width - 1, reject=reject))
    return {"accumulator": register} | _narrowing(draw, out, reject=reject)


@st.composite
def _quantize(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    scale = st.just(1) | st.integers(1, 300) | st.integers(1, 1 << 40)
    params = Quantize(
        numerator=draw(scale), denominator=draw(st.just(255) | scale), **_narrowing(draw, out)
    )
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


@st.composite
def _requantize(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    params = Requantize(**_narrowing(draw, out))
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


@st.composite
def _add(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    a = draw(formats(1, max_width))
    b = draw(formats(1, max_width, near(a.frac, max_width)))
    out = draw(formats(1, max_width, near(max(a.frac, b.frac), max_width)))
    shape = draw(shapes())
    inputs = {"a": draw(tensors(shape, a)), "b": draw(tensors(shape, b))}
    return Case(Add(**_narrowing(draw, out)), inputs, {"out": out})


@st.composite
def _conv2d(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    x, weight = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = x.frac + weight.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    padding = tuple(draw(st.integers(0, 2)) for _ in range(4))
    height, width, depth = (draw(st.integers(1, extent)) for extent in (5, 5, 3))
    kernel = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, min(3, height + padding[0] + padding[1]))),
        draw(st.integers(1, min(3, width + padding[2] + padding[3]))),
        depth,
    )
    inputs = {
        "x": draw(tensors((height, width, depth), x)),
        "weight": draw(tensors(kernel, weight)),
    } | draw(_bias(kernel[:1], frac, max_width))
    params = Conv2d(
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        padding=(padding[0], padding[1], padding[2], padding[3]),
        relu=draw(st.booleans()),
        **_summing(draw, out, frac, max_width),
    )
    return Case(params, inputs, {"out": out})


@st.composite
def _bias(draw: st.DrawFn, shape: Shape, frac: int, max_width: int) -> dict[str, Tensor]:
    """A bias that a left shift aligns to `frac`, or none."""
    if draw(st.booleans()):
        return {}
    format = draw(formats(1, max_width, st.integers(frac - 10, frac)))
    return {"bias": draw(tensors(shape, format))}


@st.composite
def _votes(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    u, weight = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = u.frac + weight.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    shape = tuple(draw(st.integers(1, extent)) for extent in (3, 3, 3, 4))
    inputs = {
        "u": draw(tensors((shape[0], shape[3]), u)),
        "weight": draw(tensors(shape, weight)),
    }
    return Case(Votes(**_summing(draw, out, frac, max_width)), inputs, {"out": out})


@st.composite
def _weighted_sum(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    c, votes = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = c.frac + votes.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    count, capsules, dim = (draw(st.integers(1, extent)) for extent in (5, 4, 3))
    inputs = {
        "c": draw(tensors((count, draw(_divisors(capsules))), c)),
        "votes": draw(tensors((count, capsules, dim), votes)),
    } | draw(_bias((draw(_divisors(capsules)), dim), frac, max_width))
    return Case(WeightedSum(**_summing(draw, out, frac, max_width)), inputs, {"out": out})


def _divisors(count: int) -> st.SearchStrategy[int]:
    return st.sampled_from([k for k in range(count, 0, -1) if count % k == 0])


@st.composite
def _agreement(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    votes, v = draw(formats(1, max_width)), draw(formats(1, max_width))
    frac = votes.frac + v.frac
    out = draw(formats(1, max_width, near(frac, max_width)))
    shape = tuple(draw(st.integers(1, extent)) for extent in (4, 4, 4))
    inputs = {"votes": draw(tensors(shape, votes)), "v": draw(tensors(shape[1:], v))}
    return Case(Agreement(**_summing(draw, out, frac, max_width)), inputs, {"out": out})


@st.composite
def _argmax(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    x = draw(formats(1, max_width))
    count = draw(st.integers(1, 5))
    lead = draw(shapes(2))
    shape = (*lead, count) if algorithm == "words" else (*lead, count, draw(st.integers(1, 3)))
    params = ArgmaxWords() if algorithm == "words" else ArgmaxSquares()
    out = OPERATIONS["argmax"].fixed_formats(params, {"x": shape})
    return Case(params, {"x": draw(tensors(shape, x))}, out)


@st.composite
def _isqrt(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    x = draw(formats(1, max_width, signed=draw(st.sampled_from([None, False, False]))))
    out = draw(formats(1, max_width, near(x.frac // 2, max_width)))
    params = Isqrt(overflow=draw(overflows(out)))
    return Case(params, {"x": draw(tensors(draw(shapes()), x))}, {"out": out})


@st.composite
def _length(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width, near(x.frac, max_width)))
    inputs = {"x": draw(tensors(draw(shapes(vectors=True)), x))}
    return Case(Length(**_narrowing(draw, out)), inputs, {"out": out})


@st.composite
def _layout(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    format = draw(formats(1, max_width))
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    axis = draw(st.integers(0, len(shape) - 1))
    inputs = {"x": draw(tensors(shape, format))}
    params: Parameters
    if algorithm == "reshape":
        params = Reshape(shape=draw(st.permutations(shape).map(tuple)))
    elif algorithm == "transpose":
        params = Transpose(axes=tuple(draw(st.permutations(range(len(shape))))))
    elif algorithm == "take":
        indices = draw(st.lists(st.integers(0, shape[axis] - 1), min_size=1, max_size=4))
        params = Take(axis=axis, indices=tuple(indices))
    else:
        params = Concat(axis=axis)
        other = (*shape[:axis], draw(st.integers(0, 3)), *shape[axis + 1 :])
        inputs["y"] = draw(tensors(other, format))
    return Case(params, inputs, {"out": format})


@st.composite
def _softmax(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    x = draw(logit_formats(max_width))
    out = draw(formats(1, max_width))
    params = draw(softmax_params(algorithm, x, out))
    return Case(params, {"x": draw(tensors(draw(shapes(2, vectors=True)), x))}, {"out": out})


@st.composite
def _squash(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:
    x = draw(formats(1, max_width))
    out = draw(formats(1, max_width))
    params = draw(squash_params(algorithm, out))
    return Case(params, {"x": draw(tensors(draw(shapes(2, vectors=True)), x))}, {"out": out})


@st.composite
def _dynamic_routing(draw: st.DrawFn, algorithm: str, max_width: int) -> Case:  # noqa: ARG001
    votes = draw(formats(1, max_width))
    count, capsules, dim = (draw(st.integers(1, extent)) for extent in (4, 4, 3))
    iterations = draw(st.integers(1, 3))
    update_last = draw(st.booleans())
    reject = draw(st.integers(0, 7)) == 0
    made = {"b0": draw(logit_formats(max_width))}
    bundles = [
        draw(_iteration(votes, r, r + 1 < iterations or update_last, made, max_width, reject))
        for r in range(iterations)
    ]
    frac = min(made[f"c{r}"].frac for r in range(iterations)) + votes.frac
    inputs = {"votes": draw(tensors((count, capsules, dim), votes))}
    inputs |= draw(_bias((draw(_divisors(capsules)), dim), frac, max_width))
    params = DynamicRouting(iterations=tuple(bundles), update_last=update_last)
    return Case(params, inputs, made)


@st.composite
def _iteration(
    draw: st.DrawFn,
    votes: Format,
    r: int,
    updates: bool,
    made: dict[str, Format],
    max_width: int,
    reject: bool,
) -> RoutingIteration:
    """One iteration's parameters; the formats of what it makes are added to `made`."""
    c = made[f"c{r}"] = draw(formats(1, max_width, st.integers(4, 10) | fractions(max_width)))
    s = made[f"s{r}"] = draw(formats(1, max_width, near(votes.frac, max_width)))
    v = made[f"v{r}"] = draw(formats(1, max_width))
    parts: dict[str, Any] = {}
    if updates:
        a = made[f"a{r}"] = draw(formats(1, max_width, near(votes.frac + v.frac, max_width)))
        b = made[f"b{r + 1}"] = draw(logit_formats(max_width))
        frac = votes.frac + v.frac
        parts["agreement"] = Agreement(**_summing(draw, a, frac, max_width, reject=reject))
        parts["update"] = Add(**_narrowing(draw, b, reject=reject))
    softmax = draw(st.sampled_from(["exact", "lut"]))
    squash = draw(st.sampled_from(["exact", "isqrt_divide"]))
    frac = votes.frac + c.frac
    return RoutingIteration(
        softmax=draw(softmax_params(softmax, made[f"b{r}"], c, reject=reject)),
        weighted_sum=WeightedSum(**_summing(draw, s, frac, max_width, reject=reject)),
        squash=draw(squash_params(squash, v, reject=reject)),
        **parts,
    )


_CASES: dict[str, Callable[[str, int], st.SearchStrategy[Case]]] = {
    "add": _add,
    "agreement": _agreement,
    "argmax": _argmax,
    "conv2d": _conv2d,
    "dynamic_routing": _dynamic_routing,
    "isqrt": _isqrt,
    "layout": _layout,
    "length": _length,
    "quantize": _quantize,
    "requantize": _requantize,
    "softmax": _softmax,
    "squash": _squash,
    "votes": _votes,
    "weighted_sum": _weighted_sum,
}
