"""The float forward of a Network, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network.images import check_images
from fxcaps.network.network import Network
from fxcaps.network.step import Step
from fxcaps.ops import find_function, operation_of
from fxcaps.ops.operation import size
from fxcaps.types import Reason, Rejection

Floats = NDArray[np.float64]
RealTable = Mapping[str, Callable[..., dict[str, Floats]]]

_BATCH = 32
"""Images a batch at most: the tensors of ShallowCaps in float64 stay below 200 MB."""

_BATCH_BYTES = 1 << 28
"""Room for a batch's tensors; DeepCaps for 64x64 images has 47 MB an image."""


def forward(
    network: Network, images: NDArray[Any], real: RealTable, *, batch: int | None = None
) -> Iterator[dict[str, Floats]]:
    """Yield every tensor of each batch in float64.

    Args:
        network: with its tensors.
        images: `(N, *shape)` integers of the network's one input, words of its format.
        real: table of real functions.
        batch: images a batch; by default as many as memory allows, at most 32.

    Rejects a network without tensors, images of another shape, type or range, and values that
    are not finite.
    """
    check_images(images, network.inputs, network.name)
    network.require_tensors()
    (name,) = network.inputs
    constants = {key: tensor.astype(np.float64) for key, tensor in network.tensors.items()}
    count = batch_size(network) if batch is None else batch
    frac = network.inputs[name].format.frac
    for first in range(0, len(images), count):
        part = np.ldexp(images[first : first + count].astype(np.float64), -frac)
        yield compute(network.steps, constants, {name: part}, real)


def batch_size(network: Network) -> int:
    """Images a batch, so that all tensors of a batch fit into bounded memory."""
    shapes = network.shapes().items()
    image_bytes = 8 * sum(size(shape) for name, shape in shapes if name not in network.expected)
    return max(1, min(_BATCH, _BATCH_BYTES // image_bytes))


def compute(
    steps: Iterable[Step],
    constants: Mapping[str, Floats],
    known: dict[str, Floats],
    real: RealTable,
) -> dict[str, Floats]:
    """Add to `known` every tensor that these steps make of a batch.

    Args:
        steps: in order.
        constants: float tensors of a network by name, one for all images.
        known: tensors of the batch by name, `(N, ...)`; what the steps read and nothing else made.
        real: table of real functions.
    """
    count = len(next(iter(known.values())))
    for step in steps:
        operation = operation_of(step.params)
        constant = {port.name for port in operation.inputs if port.constant}
        given = {}
        for port, name in step.inputs.items():
            value = constants[name] if name in constants else known[name]
            if name in constants and port not in constant:
                value = np.broadcast_to(value, (count, *value.shape))
            given[port] = value
        function = find_function(real, step.params) or real.get(operation.name)
        if function is None:
            raise Rejection(
                Reason.NAME_UNKNOWN, f"step {step.name!r}: {operation.name} has no real function"
            )
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is rejected
            made = function(step.params, given)
        for port, name in step.outputs.items():
            if not np.isfinite(made[port]).all():
                raise Rejection(
                    Reason.NOT_A_NUMBER, f"step {step.name!r} makes {name!r}, which is not finite"
                )
            known[name] = made[port]
    return known


def predict(
    network: Network,
    images: NDArray[Any],
    real: RealTable,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Floats]:
    """The network's outputs for all images, in float64."""
    parts: dict[str, list[Floats]] = {name: [] for name in network.outputs}
    done = 0
    for values in forward(network, images, real):
        for name, kept in parts.items():
            kept.append(values[name])
        done += len(values[network.outputs[0]])
        if progress:
            progress(done, len(images))
    return {name: np.concatenate(kept) for name, kept in parts.items()}
