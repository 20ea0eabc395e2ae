"""What the `model_config` of a Keras file states: image, strides, iterations, and the layers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fxcaps.importers.plan import NOTHING, Stated
from fxcaps.types import Reason, Rejection

_LAYERS = frozenset(
    {"InputLayer", "Conv2D", "Activation", "ReLU", "PrimaryCapsule", "Capsule", "Length"}
)
"""Classes of layers that a network of this layout consists of."""

_FIXED = {
    "padding": "valid",
    "data_format": "channels_last",
    "dilation_rate": [1, 1],
    "groups": 1,
}
"""What a convolution must have, where its config says it."""


_LARGEST = 4096
"""Image extents, strides and iterations beyond this are no network's, but would take for ever."""


def read_config(text: str | None, convolutions: Sequence[str]) -> Stated:
    """What a config states; nothing without one.

    Args:
        text: JSON.
        convolutions: names of the layers with a window, in order.

    Rejects what is no config, and layers of other classes, paddings or activations.
    """
    if text is None:
        return NOTHING
    try:
        model = json.loads(text)["config"]
        layers = model["layers"] if isinstance(model, dict) else model
        found = {_name(layer): layer["config"] for layer in layers}
        classes = {_name(layer): _class(layer) for layer in layers}
        _check(classes, found)
        _check_order(classes, convolutions)
        return Stated(
            image=_image(layers),
            strides=tuple(_stride(found[name]) for name in convolutions),
            iterations=_number(found["capsule"]["routings"], "capsule", "routings"),
        )
    except Rejection:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"model_config does not describe this layout ({type(error).__name__}: {error})",
        ) from error


def _name(layer: dict[str, Any]) -> str:
    return str(layer["config"]["name"])


def _class(layer: dict[str, Any]) -> str:
    return str(layer["class_name"]).rpartition(">")[2]


def _check(classes: dict[str, str], configs: dict[str, dict[str, Any]]) -> None:
    waiting = None
    for name, kind in classes.items():
        config = configs[name]
        if kind not in _LAYERS:
            raise Rejection(
                Reason.FILE_FOREIGN, f"layer {name!r}: the layout has no layers of class {kind}"
            )
        if waiting is not None:
            _expect(kind in {"Activation", "ReLU"}, waiting, "activation", "linear", "relu")
            waiting = None
        if kind in {"Conv2D", "PrimaryCapsule"}:
            for field, needed in _FIXED.items():
                value = config.get(field, needed)
                _expect(value == needed, name, field, value, needed)
        if kind in {"Conv2D", "Activation"}:
            activation = config.get("activation", "linear")
            if kind == "Conv2D" and activation == "linear":
                waiting = name
            else:
                _expect(activation == "relu", name, "activation", activation, "relu")
    _expect(waiting is None, str(waiting), "activation", "linear", "relu")


def _check_order(classes: dict[str, str], convolutions: Sequence[str]) -> None:
    order = [name for name, kind in classes.items() if kind in {"Conv2D", "PrimaryCapsule"}]
    if order != list(convolutions):
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"model_config has the convolutions {', '.join(map(repr, order))}, the tensors are of "
            f"{', '.join(map(repr, convolutions))}",
        )


def _expect(condition: object, layer: str, field: str, found: object, needed: object) -> None:
    if not condition:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"layer {layer!r}: {field} must be {needed!r} in this layout, found {found!r:.60}",
        )


def _number(value: Any, layer: str, field: str) -> int:
    if type(value) is not int or not 1 <= value <= _LARGEST:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"layer {layer!r}: {field} must be a number from 1 to {_LARGEST}, found {value!r:.60}",
        )
    return value


def _stride(config: dict[str, Any]) -> int:
    name, value = config["name"], config["strides"]
    first, second = (value, value) if isinstance(value, int) else value
    _expect(first == second, name, "strides", value, [first, first])
    return _number(first, name, "strides")


def _image(layers: list[dict[str, Any]]) -> tuple[int, int] | None:
    """Rows and columns of the first layer's batch shape, where they are stated."""
    config = layers[0]["config"]
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if shape is None or None in shape[1:3]:
        return None
    _, rows, columns, _ = shape
    name = config["name"]
    return _number(rows, name, "the image"), _number(columns, name, "the image")
