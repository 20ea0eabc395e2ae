"""Cases of routing by agreement and of the moves of words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fxcaps.ops import (
    Concat,
    ConvRouting,
    DynamicRouting,
    Mask,
    Parameters,
    Reshape,
    RoutingIteration,
    SoftmaxAxes,
    SquashAxes,
    Take,
    Transpose,
    find_operation,
)
from fxcaps.types import Format, Shape, Signature
from fxcaps.vectors.cases.desk import Desk, Draft, Frame, Room, all_words, count, filled, tensor

_FORMATS = {"b": "s8f4", "c": "u8f8", "s": "s8f4", "v": "s8f7", "a": "s8f4"}
"""Of the intermediates, by letter."""

_DEAD = _FORMATS | {"b": "s8f-2", "a": "s8f-2"}
"""Logits so coarse that no agreement reaches them."""

_TIGHT = _FORMATS | {"b": "s4f3", "a": "s8f4"}
"""Logits that saturate at once."""


def _routing(
    name: str, params: Parameters, shape: Shape, formats: dict[str, str], bias: Shape | None
) -> Frame:
    inputs = {"votes": tensor("s8f5", *shape)}
    inputs |= {"bias": tensor("s8f4", *bias)} if bias else {}
    ports = find_operation(params.operation).outputs(params)
    out = {port: Format.parse(formats[port[0]]) for port in ports}
    return Frame(name, params, inputs, out)


def _dynamic(iterations: int, *, update_last: bool = False) -> DynamicRouting:
    return DynamicRouting(iterations=(RoutingIteration(),) * iterations, update_last=update_last)


def _voting(frame: Frame) -> dict[str, dict[str, list[int]]]:
    """Votes that agree, that oppose, that are none, and that are all different."""
    size = count(frame.inputs["votes"].shape)
    dim = frame.inputs["votes"].shape[-1]
    bias = (
        {"bias": filled([40, -40, 3], count(frame.inputs["bias"].shape))}
        if ("bias" in frame.inputs)
        else {}
    )
    kinds: dict[str, Sequence[int]] = {
        "equal": [64] * size,
        "opposing": [96 if (k // dim) % 2 else -96 for k in range(size)],
        "zero": [0] * size,
        "different": [(29 * k + 11) % 255 - 127 for k in range(size)],
        "largest": [-128 if k % 3 else 127 for k in range(size)],
    }
    return {name: {"votes": list(words)} | bias for name, words in kinds.items()}


_ROUTING_FLAGS = ("ITERATION_COUNT", "AXIS_ORDER", "STATE_CARRY_OVER", "OPERATION_ORDER")


def _dynamic_frames(_: str) -> list[Frame]:
    return [
        _routing("two-iterations", _dynamic(2), (3, 2, 2), _FORMATS, None),
        _routing("with-bias", _dynamic(3), (2, 3, 2), _FORMATS, (3, 2)),
    ]


def _dynamic_edges(desk: Desk) -> Iterator[Draft]:
    frames = [
        *_dynamic_frames(""),
        _routing("one-iteration", _dynamic(1), (3, 2, 2), _FORMATS, None),
        _routing("update-last", _dynamic(2, update_last=True), (3, 2, 2), _FORMATS, None),
        _routing("dead", _dynamic(3), (3, 2, 2), _DEAD, None),
        _routing("tight-logits", _dynamic(3), (3, 2, 2), _TIGHT, None),
    ]
    for frame in frames:
        for name, words in _voting(frame).items():
            yield desk.draft(f"{frame.name}-{name}", frame, words, *_ROUTING_FLAGS)


def _routing_small(frame: Frame, desk: Desk) -> Iterator[Draft]:
    """Every pair of two votes of one component."""
    words = all_words(Format.parse("s2f0"))
    given = {"votes": Signature(frame.inputs["votes"].shape, Format.parse("s2f0"))}
    small = replace(frame, inputs=given)
    for x in words:
        for y in words:
            yield desk.draft(f"all-{x & 3}-{y & 3}", small, {"votes": [x, y]})


def _lanes(desk: Desk) -> Iterator[Draft]:
    """Five input capsules, of which four are one group of lanes, and logits that pass a byte."""
    frame = _routing("five-inputs", _dynamic(3), (5, 2, 2), _FORMATS, None)
    for name, words in _voting(frame).items():
        given = {"votes": [127] * 20} if name == "equal" else words
        yield desk.draft(f"five-inputs-{name}", frame, given, "WRAP", *_ROUTING_FLAGS)


DYNAMIC_ROUTING = Room(
    _dynamic_frames,
    _dynamic_edges,
    lambda desk: _routing_small(_routing("all", _dynamic(2), (1, 2, 1), _FORMATS, None), desk),
    feed="votes",
    source="v1",
    special={"q7-gap8": _lanes},
)


def _conv(
    iterations: int, softmax: SoftmaxAxes = SoftmaxAxes.JOINT, squash: SquashAxes = SquashAxes.ATOMS
) -> ConvRouting:
    bundle = (RoutingIteration(),) * iterations
    return ConvRouting(iterations=bundle, softmax_axes=softmax, squash_axes=squash)


def _conv_frames(_: str) -> list[Frame]:
    return [
        _routing("two-iterations", _conv(2), (2, 1, 2, 2, 2), _FORMATS, None),
        _routing("with-bias", _conv(3), (2, 2, 1, 2, 2), _FORMATS, (2, 2)),
    ]


def _conv_edges(desk: Desk) -> Iterator[Draft]:
    frames = _conv_frames("")
    for softmax in SoftmaxAxes:
        for squash in SquashAxes:
            name = f"softmax-{softmax.value}-squash-{squash.value}"
            params = _conv(2, softmax, squash)
            frames.append(_routing(name, params, (2, 2, 2, 2, 2), _FORMATS, None))
    for frame in frames:
        for name, words in _voting(frame).items():
            yield desk.draft(f"{frame.name}-{name}", frame, words, *_ROUTING_FLAGS)


CONV_ROUTING = Room(
    _conv_frames,
    _conv_edges,
    lambda desk: _routing_small(_routing("all", _conv(2), (1, 1, 1, 2, 1), _FORMATS, None), desk),
    feed="votes",
    source="v1",
)

_MOVES: dict[str, list[tuple[str, Parameters, dict[str, Shape]]]] = {
    "reshape": [
        ("merge", Reshape(shape=(6, 4)), {"x": (2, 3, 4)}),
        ("split", Reshape(shape=(2, 1, 3)), {"x": (6,)}),
        ("scalar", Reshape(shape=()), {"x": (1, 1)}),
    ],
    "transpose": [
        ("matrix", Transpose(axes=(1, 0)), {"x": (3, 4)}),
        ("cycle", Transpose(axes=(2, 0, 1)), {"x": (2, 3, 4)}),
        ("still", Transpose(axes=(0, 1, 2)), {"x": (2, 2, 2)}),
    ],
    "take": [
        ("middle", Take(axis=1, indices=(2, 0, 2)), {"x": (2, 3, 2)}),
        ("first", Take(axis=0, indices=(1,)), {"x": (3, 4)}),
    ],
    "concat": [
        ("last", Concat(axis=1), {"x": (2, 3), "y": (2, 1)}),
        ("first", Concat(axis=0), {"x": (1, 4), "y": (3, 4)}),
    ],
    "mask": [
        ("capsule", Mask(axis=0), {"x": (3, 4), "index": ()}),
        ("flat", Mask(axis=0, flatten=True), {"x": (3, 4), "index": ()}),
    ],
}


def _layout_frames(algorithm: str) -> list[Frame]:
    formats = {"x": "s8f4", "y": "s8f4", "index": "u2f0"}
    return [
        Frame(
            name,
            params,
            {port: tensor(formats[port], *shape) for port, shape in shapes.items()},
            {"out": Format.parse("s8f4")},
        )
        for name, params, shapes in _MOVES[algorithm]
    ]


def _layout_edges(desk: Desk) -> Iterator[Draft]:
    for frame in _layout_frames(desk.algorithm):
        words = {
            port: list(
                range(-count(given.shape) // 2, count(given.shape) - count(given.shape) // 2)
            )
            for port, given in frame.inputs.items()
            if port != "index"
        }
        indices = range(4) if "index" in frame.inputs else range(1)
        for index in indices:
            given = words | ({"index": [index]} if "index" in frame.inputs else {})
            slug = f"{frame.name}-{index}" if "index" in frame.inputs else frame.name
            yield desk.draft(slug, frame, given, "AXIS_ORDER")


LAYOUT = Room(_layout_frames, _layout_edges, lambda _: iter(()))
