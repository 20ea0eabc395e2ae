"""Batch normalisation of a trained network as the exact rationals of an affine step."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.ops import Affine
from fxcaps.types import Reason, Rejection


def fold_batch_norm(
    gamma: NDArray[Any],
    beta: NDArray[Any],
    mean: NDArray[Any],
    variance: NDArray[Any],
    *,
    epsilon: float,
    relu: bool = False,
) -> Affine:
    """`gamma * (x - mean) / sqrt(variance + epsilon) + beta` as `x * scale + offset`.

    The scale, `gamma / sqrt(variance + epsilon)`, is computed in float64, three correctly rounded
    operations that give the same double everywhere. From there on nothing is rounded: the offset
    is the rational `beta - mean * scale`.

    Args:
        gamma: `(C)`, the trained factor of every channel.
        beta: `(C)`, the trained summand.
        mean: `(C)`, the running mean.
        variance: `(C)`, the running variance.
        epsilon: added to the variance.
        relu: the network takes max(x, 0) before it normalises, as Q-CapsNets does.

    Rejects arrays of other shapes (`SHAPE_MISMATCH`), values that are not finite
    (`NOT_A_NUMBER`) and a variance plus epsilon that is not positive (`DATA_INVALID`).
    """
    given = {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance}
    arrays = {name: np.asarray(values, np.float64) for name, values in given.items()}
    for name, array in arrays.items():
        if array.ndim != 1 or array.shape != arrays["gamma"].shape or not array.size:
            raise Rejection(
                Reason.SHAPE_MISMATCH,
                f"batch normalisation: {name} needs one entry for each channel, found shape "
                f"{array.shape} beside gamma {arrays['gamma'].shape}",
            )
        _require_finite(array, name)
    spread = arrays["variance"] + epsilon
    _require_finite(spread, "variance and epsilon")
    if spread.min() <= 0:
        channel = int(spread.argmin())
        raise Rejection(
            Reason.DATA_INVALID,
            f"batch normalisation: variance and epsilon of channel {channel} come to "
            f"{spread[channel]}, which must be positive",
        )
    with np.errstate(over="ignore"):  # what is not finite is rejected
        doubles = arrays["gamma"] / np.sqrt(spread)
    _require_finite(doubles, "scale")
    scale = [Fraction(value) for value in doubles.tolist()]
    pairs = zip(arrays["beta"].tolist(), arrays["mean"].tolist(), scale, strict=True)
    offset = [Fraction(beta_c) - Fraction(mean_c) * scale_c for beta_c, mean_c, scale_c in pairs]
    return Affine.from_ratios(scale, offset, relu=relu)


def _require_finite(array: NDArray[np.float64], name: str) -> None:
    if not np.isfinite(array).all():
        channel = int(np.flatnonzero(~np.isfinite(array))[0])
        raise Rejection(
            Reason.NOT_A_NUMBER,
            f"batch normalisation: {name} of channel {channel} is {array[channel]}",
        )
