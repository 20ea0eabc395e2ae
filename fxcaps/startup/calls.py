"""Small calls of every operation and algorithm, in the types that the engine's kernels meet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fxcaps.network.digest import container_type
from fxcaps.ops import (
    OPERATIONS,
    AddShift,
    Affine,
    Arithmetic,
    Concat,
    ConvRouting,
    DivideReciprocal,
    DynamicRouting,
    Mask,
    Operation,
    Parameters,
    RescaleDouble,
    RescaleSingle,
    RescaleTosaDouble,
    Reshape,
    RoutingIteration,
    SoftmaxAxes,
    SoftmaxConstant,
    SquashAxes,
    Take,
    Transpose,
)
from fxcaps.ops.batch import Words
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.types import (
    Accumulator,
    Check,
    Format,
    Lfsr,
    Overflow,
    Philox,
    Rejection,
    Shape,
    Signature,
)

WIDTHS = (8, 16, 32)
"""A width of each container that tensors have on their way."""

SHAPES: dict[str, dict[str, Shape]] = {
    "add": {"a": (4, 2), "b": (4, 2)},
    "affine": {"x": (4, 2)},
    "agreement": {"votes": (3, 4, 2), "v": (4, 2)},
    "argmax": {"x": (4, 2)},
    "conv2d": {"x": (4, 4, 2), "weight": (3, 2, 2, 2), "bias": (3,)},
    "conv_routing": {"votes": (3, 2, 2, 2, 3), "bias": (2, 3)},
    "conv_votes": {"u": (3, 3, 2, 2), "weight": (2, 2, 2, 2, 1, 2), "bias": (2, 2, 2)},
    "dense": {"x": (5,), "weight": (3, 5), "bias": (3,)},
    "divide": {"a": (4, 2), "b": (4, 2)},
    "dynamic_routing": {"votes": (3, 4, 2), "bias": (4, 2)},
    "isqrt": {"x": (4, 2)},
    "layout": {"x": (4, 2), "y": (4, 2)},
    "length": {"x": (4, 2)},
    "quantize": {"x": (4, 2)},
    "relu": {"x": (4, 2)},
    "requantize": {"x": (4, 2)},
    "rescale": {"x": (4, 2)},
    "sigmoid": {"x": (4, 2)},
    "softmax": {"x": (4, 2)},
    "squash": {"x": (4, 2)},
    "votes": {"u": (3, 2), "weight": (3, 4, 2, 2)},
    "weighted_sum": {"c": (3, 4), "votes": (3, 4, 2), "bias": (4, 2)},
}
"""Operation -> shape of one image at every port, for the project's own operations."""

_ITERATIONS = (RoutingIteration(),) * 2

STRUCTURES: dict[type[Parameters], tuple[Parameters, ...]] = {
    AddShift: (AddShift(shift=1),),
    Affine: (Affine.from_ratios([1, 2], [0, -1]), Affine.from_ratios([0.1], [0.7])),
    Concat: (Concat(axis=0),),
    ConvRouting: tuple(
        ConvRouting(iterations=_ITERATIONS, squash_axes=squash, softmax_axes=softmax)
        for squash in SquashAxes
        for softmax in SoftmaxAxes
    ),
    DivideReciprocal: (DivideReciprocal(reciprocal=Format(True, 12, 8)),),
    DynamicRouting: (DynamicRouting(iterations=_ITERATIONS),),
    Mask: (Mask(axis=0),),
    RescaleDouble: (RescaleDouble(multiplier=(1 << 30,), shift=(31,)),),
    RescaleSingle: (RescaleSingle(multiplier=(3,), shift=(2,)),),
    RescaleTosaDouble: (RescaleTosaDouble(multiplier=(1 << 30,), shift=(31,)),),
    Reshape: (Reshape(shape=(8,)),),
    SoftmaxConstant: (SoftmaxConstant(word=1),),
    Take: (Take(axis=0, indices=(1, 0)),),
    Transpose: (Transpose(axes=(1, 0)),),
}
"""Parameters of classes that neither have defaults alone nor follow from formats."""

_GENERATORS = (Philox(), Lfsr(width=16, taps=0x002D, seeds=(1,), bits=8))


@dataclass(frozen=True)
class Call:
    """One call of an engine function."""

    params: Parameters
    inputs: dict[str, Words]
    formats: dict[str, Format]


def calls() -> Iterator[Call]:
    """The calls: every operation, algorithm, kind of register and rounding, and container.

    What an operation rejects (a width that has no such output, a register that it has not) is
    left out.
    """
    for name, operation in OPERATIONS.items():
        if name not in SHAPES:
            continue  # another package's: its functions are its own
        for cls in operation.algorithms:
            for width in WIDTHS:
                for format in (
                    Format(True, width, width // 2),
                    Format(False, width - 1, width - 2),
                ):
                    yield from _calls_at(operation, cls, format)


def _calls_at(operation: Operation, cls: type[Parameters], format: Format) -> Iterator[Call]:
    for params in _parameters(cls, format):
        for out in (Format(True, format.width, format.width - 1), Format(False, 8, 8)):
            made = _accepted(operation, params, format, out)
            if made is None:
                continue
            signatures, formats = made
            for dtype in (container_type(format), np.dtype(np.int64)):
                for frozen in (True, False):
                    inputs = _words(operation, signatures, dtype, frozen=frozen)
                    yield Call(params, inputs, formats)


def _parameters(cls: type[Parameters], format: Format) -> Iterator[Parameters]:
    """Parameters of a class, then those with a narrow register and with random rounding."""
    for params in _plain(cls, format):
        yield params
        if hasattr(params, "accumulator"):
            register = Accumulator(
                format=Format(True, format.width + 8, 2 * format.frac),
                overflow=Overflow.SATURATE,
                check=Check.PER_STEP,
            )
            changed: Any = {"accumulator": register}
            yield replace(params, **changed)
        if cls.takes_generators():
            for generator in _GENERATORS:
                rounding: Any = {"rounding": generator}
                yield replace(params, **rounding)


def _plain(cls: type[Parameters], format: Format) -> tuple[Parameters, ...]:
    if cls in STRUCTURES:
        return STRUCTURES[cls]
    if issubclass(cls, FittedParameters):
        try:
            return (cls.fit(format, Format(format.signed, 8, 7), Arithmetic()),)
        except Rejection:
            return ()
    return (cls(),)


def _accepted(
    operation: Operation, params: Parameters, format: Format, out: Format
) -> tuple[dict[str, Signature], dict[str, Format]] | None:
    """Inputs and output formats that the operation takes, or `None`."""
    ports = {port.name: port for port in operation.inputs}
    shapes = {name: shape for name, shape in SHAPES[operation.name].items() if name in ports}
    if operation.name == "layout":
        shapes = _moved(params)
    signatures = {
        name: Signature(shape, Format(True, 8, 0) if name in operation.aligned else format)
        for name, shape in shapes.items()
    }
    if isinstance(params, Mask):
        signatures["index"] = Signature((), Format(False, 2, 0))
    formats = dict.fromkeys(operation.outputs(params), out)
    try:
        formats |= {
            port: signatures[source].format
            for port, source in operation.same_format(params).items()
        }
        formats |= operation.fixed_formats(params, shapes)
        operation.guard(params, signatures, formats)
    except Rejection:
        return None
    return signatures, formats


def _moved(params: Parameters) -> dict[str, Shape]:
    """Shapes of the ports that a move has."""
    both = SHAPES["layout"]
    return both if isinstance(params, Concat) else {"x": both["x"]}


def _words(
    operation: Operation,
    signatures: dict[str, Signature],
    dtype: np.dtype[Any],
    *,
    frozen: bool,
) -> dict[str, Words]:
    """Two images of ones; constants are 64-bit integers, as Programs hold them."""
    constant = {port.name for port in operation.inputs if port.constant}
    words = {}
    for name, (shape, format) in ((n, (s.shape, s.format)) for n, s in signatures.items()):
        kind = np.dtype(np.int64) if name in constant else dtype
        array = np.ones(shape if name in constant else (2, *shape), kind)
        array.flags.writeable = not (frozen and name in constant)
        words[name] = Words(array, format)
    return words
