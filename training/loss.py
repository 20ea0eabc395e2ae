"""The margin loss and the reconstruction that regularises it (Sabour et al. 2017, 4 and 4.1)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.model import CapsuleModel

RECONSTRUCTION = 0.0005
"""Weight of the squared error of an image: it must not dominate the margins."""

_PRESENT, _ABSENT, _DOWN = 0.9, 0.1, 0.5
"""The margins, and the weight of absent classes: what the source gives."""


def margin_loss(lengths: Tensor, labels: Tensor) -> Tensor:
    """Mean over the batch of the margin loss.

    Args:
        lengths: `(N, classes)`.
        labels: `(N)`, int64.
    """
    present = functional.one_hot(labels, lengths.shape[1]).to(lengths.dtype)
    short = (_PRESENT - lengths).clamp_min(0).square()
    long = (lengths - _ABSENT).clamp_min(0).square()
    return (present * short + _DOWN * (1 - present) * long).sum(dim=1).mean()


class Decoder(nn.Module):
    """512-1024-pixels, from the capsule of the labelled class; used in training alone.

    Args:
        model: whose capsules and images it joins.
        generator: draws the weights.
    """

    def __init__(self, model: CapsuleModel, *, generator: torch.Generator) -> None:
        super().__init__()
        shapes = model.network.shapes()
        pixels = math.prod(shapes[next(iter(model.network.inputs))])
        widths = (math.prod(shapes[model.capsules]), 512, 1024, pixels)
        self.layers = nn.ModuleList(
            nn.Linear(widths[k], widths[k + 1]) for k in range(len(widths) - 1)
        )
        for parameter in self.parameters():
            rows = parameter.shape[-1] if parameter.ndim == 2 else widths[-1]
            bound = 1 / math.sqrt(rows)
            nn.init.uniform_(parameter, -bound, bound, generator=generator)

    def forward(self, capsules: Tensor, labels: Tensor) -> Tensor:
        """Images `(N, pixels)` in 0..1.

        Args:
            capsules: `(N, classes, dim)`.
            labels: `(N)`, int64; all other capsules are masked.
        """
        mask = functional.one_hot(labels, capsules.shape[1]).to(capsules.dtype)
        x = (capsules * mask.unsqueeze(-1)).flatten(1)
        for layer in list(self.layers)[:-1]:
            x = torch.relu(layer(x))
        return torch.sigmoid(self.layers[-1](x))


def reconstruction_loss(made: Tensor, images: Tensor) -> Tensor:
    """Mean over the batch of the squared error summed over an image's pixels.

    Args:
        made: `(N, pixels)` in 0..1.
        images: `(N, H, W, C)`, 0..255.
    """
    target = images.flatten(1).to(made.dtype) / 255
    return (made - target).square().sum(dim=1).mean()
