"""ShallowCaps as PyTorch operations: in floats, and with every tensor truncated.

The second is the scheme of Q-CapsNets (Marchisio et al. 2020) rebuilt from its description: words
are floats on a grid, and after every operation each tensor is cut down to its fraction bits and
clamped to the range of its words. The grids are those of a Program, so that its classes are
comparable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, Program

Cut = Callable[[Any, str], Any]
"""A tensor and its name -> the tensor on its grid."""


class ShallowCaps:
    """The float network.

    Args:
        torch: the package.
        network: weights, channels last.
        cut: what is done to every tensor; by default nothing.
    """

    def __init__(self, torch: Any, network: Network, cut: Cut = lambda tensor, _: tensor) -> None:
        self.torch, self.cut = torch, cut
        given = {
            name: cut(torch.from_numpy(np.asarray(tensor, np.float32)), name)
            for name, tensor in network.tensors.items()
        }
        self.kernels = {
            name: given[f"{name}.weight"]
            .permute(0, 3, 1, 2)
            .contiguous(memory_format=torch.channels_last)
            for name in ("conv", "primary")
        }
        self.biases = {name: given[f"{name}.bias"] for name in ("conv", "primary", "digit")}
        count, classes, dim_out, dim = given["digit.weight"].shape
        # (count, dim, classes * dim_out): one matrix an input capsule
        self.votes = given["digit.weight"].permute(0, 3, 1, 2).reshape(count, dim, -1).contiguous()
        self.shape = count, classes, dim_out, dim

    def lengths(self, images: NDArray[np.uint8]) -> Any:
        """Lengths `(N, classes)` of the class capsules of images `(N, H, W, 1)`."""
        torch, cut = self.torch, self.cut
        count, classes, dim_out, dim = self.shape
        with torch.inference_mode():
            x = cut(torch.from_numpy(images).permute(0, 3, 1, 2).float().div_(255), "image")
            conv = torch.nn.functional.conv2d
            x = cut(conv(x, self.kernels["conv"], self.biases["conv"]).relu_(), "conv")
            x = conv(x, self.kernels["primary"], self.biases["primary"], stride=2)
            s = cut(x.permute(0, 2, 3, 1).reshape(len(images), count, dim), "primary.maps")
            u = cut(self._squash(s), "primary")
            votes = torch.bmm(u.transpose(0, 1), self.votes)
            votes = cut(votes, "digit.votes").view(count, len(images), classes, dim_out)
            v = self._route(votes)
            return cut(v.square().sum(dim=-1).sqrt_(), "length")

    def _route(self, votes: Any) -> Any:
        """Three iterations over votes `(count, N, classes, dim_out)`."""
        torch, cut = self.torch, self.cut
        logits = torch.zeros(votes.shape[:3])
        for iteration in range(3):
            c = cut(logits.softmax(dim=2), f"digit.c{iteration}")
            s = torch.einsum("knj,knjd->njd", c, votes).add_(self.biases["digit"])
            v = cut(self._squash(cut(s, f"digit.s{iteration}")), f"digit.v{iteration}")
            if iteration < 2:
                agreed = cut(torch.einsum("knjd,njd->knj", votes, v), f"digit.a{iteration}")
                logits = cut(logits + agreed, f"digit.b{iteration + 1}")
        return v

    def _squash(self, s: Any) -> Any:
        square = s.square().sum(dim=-1, keepdim=True)
        return s * (square.sqrt() / (1 + square))


def truncating(program: Program) -> Cut:
    """Cuts tensors to the grids of a Program, in place where nobody else reads them."""

    def cut(tensor: Any, name: str) -> Any:
        format = program.tensors[name].format
        scaled = (tensor * 2.0**format.frac).floor_()
        return scaled.clamp_(format.min, format.max).mul_(2.0**-format.frac)

    return cut
