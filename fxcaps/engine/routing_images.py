"""Routing image by image, and the softmax of logits that are all zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fxcaps.engine.kernels.narrow import Flags, Ints
from fxcaps.engine.kernels.routing import Iteration, Records, Tensors, route_images
from fxcaps.engine.routing_plan import Known
from fxcaps.engine.values import no_events
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.operation import size
from fxcaps.ops.registry import require_function
from fxcaps.ops.table import ENGINE
from fxcaps.types import Format, Overflow


def by_image(known: Known, steps: tuple[Iteration, ...]) -> Result:
    """All parts of an image before those of the next; `steps` are those of `plan_of`."""
    votes, rounds = known.inputs["votes"], len(known.params.iterations)
    batch, dim = len(votes.array), known.shapes["votes"][-1]
    pairs, capsules = size(known.shapes["b0"]), size(known.shapes["s0"])
    rows = {"b": pairs, "c": pairs, "s": capsules, "v": capsules, "a": pairs}
    words = Tensors(**{k: np.zeros((rounds, batch, m), np.int16) for k, m in rows.items()})
    events = Records(**{k: np.stack([no_events(batch)] * rounds) for k in rows})
    softmax = known.operation.parts(known.params, known.inputs)[0]
    logits = known.signatures(softmax)["x"].shape
    zeros = Words(words.b[0].reshape(batch, *logits), known.formats["b0"], votes.first)
    function = require_function(ENGINE, softmax.params)
    made = of_zeros(function, softmax.params, zeros, {"out": known.formats["c0"]})
    words.c[0], events.c[0] = made.outputs["out"].reshape(batch, pairs), made.events["out"]
    kind: type[Any] = np.int8 if votes.array.dtype == np.int8 else np.int16
    seen = votes.array.reshape(batch, -1, capsules // dim, dim)
    seen = np.ascontiguousarray(seen, kind)
    route_images(seen, steps, rounds, logits[-1], words, events, made.undecided)
    result = Result({}, {}, made.undecided)
    for port in known.operation.outputs(known.params):
        letter, r = port[0], int(port[1:])
        result.outputs[port] = getattr(words, letter)[r].reshape(batch, *known.shapes[port])
        result.events[port] = getattr(events, letter)[r]
    result.undecided |= _rejecting(known, result.events)
    return result


def _rejecting(known: Known, events: Mapping[str, Ints]) -> Flags:
    """Images of which a part that rejects has an overflow."""
    rows = np.zeros(len(known.inputs["votes"].array), np.bool_)
    for part in known.operation.parts(known.params, known.inputs):
        if getattr(part.params, "overflow", None) is Overflow.REJECT:
            rows |= events[part.outputs["out"]][:, :2, 0].sum(axis=1) > 0
    return rows


def of_zeros(
    function: Callable[..., Result], params: Any, logits: Words, formats: Mapping[str, Format]
) -> Result:
    """The softmax of logits that are all zero: that of one vector, for all of them."""
    batch, *shape = logits.array.shape
    one = logits._replace(array=np.zeros((1, shape[-1]), np.int64))
    made = function(params, {"x": one}, formats)
    vectors = math.prod(shape[:-1])
    events = np.repeat(made.events["out"], batch, axis=0)
    events[:, :, 0] *= vectors
    if vectors == 0:
        events[:, :, 1] = -1
    words = np.broadcast_to(made.outputs["out"], (batch, vectors, shape[-1]))
    return Result(
        {"out": np.ascontiguousarray(words).reshape(batch, *shape)},
        {"out": events},
        np.repeat(made.undecided, batch),
    )
