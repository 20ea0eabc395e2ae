"""The losses against numbers worked out by hand."""

from __future__ import annotations

import pytest

from fxcaps.network import architecture

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from training.loss import Decoder, margin_loss, reconstruction_loss  # noqa: E402 - after the skip
from training.model import CapsuleModel  # noqa: E402


def test_margin_loss_by_hand() -> None:
    """Given two images, when measured, then margins 0.9 and 0.1 and the weight 0.5 count."""
    lengths = torch.tensor([[0.95, 0.05, 0.3], [0.5, 0.6, 0.1]], dtype=torch.float64)
    loss = margin_loss(lengths, torch.tensor([0, 0]))
    first = 0.5 * (0.3 - 0.1) ** 2
    second = (0.9 - 0.5) ** 2 + 0.5 * (0.6 - 0.1) ** 2
    assert loss.item() == pytest.approx((first + second) / 2, rel=1e-12)


def test_margin_loss_of_a_right_answer_is_zero() -> None:
    """Given lengths beyond their margins, when measured, then nothing is lost."""
    assert margin_loss(torch.tensor([[0.1, 0.9]]), torch.tensor([1])).item() == 0


def test_reconstruction_by_hand() -> None:
    """Given two images, when compared, then squares are summed over pixels, not averaged."""
    images = torch.tensor([0, 255, 255, 0], dtype=torch.uint8).reshape(2, 1, 2, 1)
    made = torch.tensor([[0.5, 0.5], [1.0, 1.0]])
    assert reconstruction_loss(made, images).item() == (0.5 + 1.0) / 2


def test_decoder_sees_the_labelled_capsule_alone() -> None:
    """Given a label, when decoded, then only that capsule has a gradient."""
    generator = torch.Generator().manual_seed(0)
    model = CapsuleModel(architecture("mnist-small"), generator=generator)
    decoder = Decoder(model, generator=generator)
    capsules = torch.ones(1, 10, 6, requires_grad=True)
    made = decoder(capsules, torch.tensor([7]))
    torch.autograd.backward(made.sum())
    assert made.shape == (1, 784)
    assert capsules.grad[0].abs().sum(dim=1).nonzero().flatten().tolist() == [7]


def test_decoder_has_the_published_widths() -> None:
    """Given ShallowCaps, when a decoder is made, then it has 512, 1024 and 784 units."""
    generator = torch.Generator().manual_seed(0)
    model = CapsuleModel(architecture("shallowcaps"), generator=generator)
    shapes = [tuple(layer.weight.shape) for layer in Decoder(model, generator=generator).layers]
    assert shapes == [(512, 160), (1024, 512), (784, 1024)]
