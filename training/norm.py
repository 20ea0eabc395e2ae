"""Batch normalisation: what an `affine` step is while it is trained."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fxcaps.ops import Affine
from fxcaps.quantize import fold_batch_norm

EPSILON = 1e-3
"""Added to the variance, as in both published codes of DeepCaps."""

_MOMENTUM = 0.1
"""Share of a batch in the running statistics."""


class BatchNorm(nn.Module):
    """Normalisation of every channel, the last axis, over images and positions.

    In training mode with the statistics of the batch, otherwise with the running ones, when it
    equals the `affine` that `folded` returns.

    Args:
        params: of the step; its scale and offset are the start.
    """

    def __init__(self, params: Affine) -> None:
        super().__init__()
        self.relu = params.relu
        scale = _floats(params.scale_numerator, params.scale_denominator)
        self.gamma = nn.Parameter(scale * math.sqrt(1.0 + EPSILON))
        self.beta = nn.Parameter(_floats(params.offset_numerator, params.offset_denominator))
        self.register_buffer("mean", torch.zeros(params.channels))
        self.register_buffer("variance", torch.ones(params.channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `x (N, ..., C)`."""
        x = torch.relu(x) if self.relu else x
        made = functional.batch_norm(
            x.movedim(-1, 1),
            self.mean,
            self.variance,
            self.gamma,
            self.beta,
            self.training,
            _MOMENTUM,
            EPSILON,
        )
        return made.movedim(1, -1)

    def folded(self) -> Affine:
        """The exact rationals of the running statistics."""
        arrays = (self.gamma, self.beta, self.mean, self.variance)
        gamma, beta, mean, variance = (
            array.detach().numpy().astype(np.float64) for array in arrays
        )
        return fold_batch_norm(gamma, beta, mean, variance, epsilon=EPSILON, relu=self.relu)


def _floats(numerators: tuple[int, ...], denominators: tuple[int, ...]) -> Tensor:
    return torch.tensor([n / d for n, d in zip(numerators, denominators, strict=True)])


TRAINED: dict[str, type[BatchNorm]] = {"affine": BatchNorm}
"""Operations whose parameters hold trained numbers -> the module that trains them."""
