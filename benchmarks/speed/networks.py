"""ShallowCaps and the published network of Q7-CapsNets, image by image."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fxcaps
from benchmarks.speed.products import WEIGHTS, torch_with
from benchmarks.speed.row import Gap, Pair, Setting, expect
from benchmarks.speed.timing import Times, alternate
from benchmarks.speed.torchcaps import ShallowCaps, truncating
from fxcaps.api import load_network, quantize_network
from fxcaps.network import Network, Program
from fxcaps.ops import Arithmetic

CALIBRATION = 100
"""Training digits that formats are chosen on."""

IMAGES = 256

SCHEME_WIDTH = 16
"""Bits of every tensor of the truncating scheme: floors of 8 bits everywhere lose the classes."""

AGREEING = 0.98
"""Least share of images on which words and floats name one class."""

Q7_PUBLISHED_MS = (1.6, 3.5)
"""What the published C takes for an image of MNIST on this kind of machine."""


@cache
def shallowcaps() -> Network:
    """The trained network of the checkout."""
    if not WEIGHTS.is_file():
        raise Gap(f"no weights of ShallowCaps at {WEIGHTS.name}")
    return load_network(WEIGHTS)


@cache
def program(squash: str = "isqrt_divide", softmax: str = "lut", width: int = 8) -> Program:
    """ShallowCaps in words."""
    return quantize_network(
        shallowcaps(),
        fxcaps.digits("calibration")[0][:CALIBRATION],
        width=width,
        arithmetic=Arithmetic(algorithms={"squash": squash, "softmax": softmax}),
    )


@cache
def digits(count: int) -> NDArray[np.uint8]:
    """Embedded MNIST test images, again from the first where there are not as many."""
    known = fxcaps.digits("evaluation")[0]
    return np.ascontiguousarray(np.resize(known, (count, *known.shape[1:])))


def float_forward(setting: Setting) -> Pair:
    """All words bit-exact, beside PyTorch's float32."""
    torch = torch_with(setting.threads)
    images = digits(setting.size(IMAGES, 8))
    theirs = ShallowCaps(torch, shallowcaps())
    few = images[:8]
    expected = fxcaps.predict(shallowcaps(), few)["length"]
    expect(np.allclose(theirs.lengths(few).numpy(), expected, atol=1e-4), "lengths differ")
    return _beside(program(), theirs, images, setting)


def exact_forward(setting: Setting) -> Pair:
    """The same with the correctly rounded nonlinear functions."""
    torch = torch_with(setting.threads)
    images = digits(setting.size(IMAGES, 8))
    made = program("exact", "exact")
    undecided = sum(fxcaps.run(made, images).undecided.values())
    note = f"; {undecided} undecided rows"
    return _beside(made, ShallowCaps(torch, shallowcaps()), images, setting, note)


def truncated_forward(setting: Setting) -> Pair:
    """The same beside Q-CapsNets' scheme."""
    torch = torch_with(setting.threads)
    images = digits(setting.size(IMAGES, 8))
    theirs = ShallowCaps(torch, shallowcaps(), truncating(program(width=SCHEME_WIDTH)))
    note = f"; the scheme's grids are those of {SCHEME_WIDTH} bits, which cost it as much as 8"
    return _beside(program(), theirs, images, setting, note)


def _beside(
    made: Program, theirs: ShallowCaps, images: NDArray[np.uint8], setting: Setting, note: str = ""
) -> Pair:
    batch = -(-len(images) // (setting.threads * -(-len(images) // (128 * setting.threads))))

    def ours() -> NDArray[Any]:
        found = fxcaps.network.run(
            made, images, fxcaps.oracle.TABLES, threads=setting.threads, batch=batch
        )
        words: NDArray[Any] = found.words["class"]
        return words

    def floats() -> NDArray[Any]:
        parts = [theirs.lengths(images[k : k + 128]) for k in range(0, len(images), 128)]
        lengths: NDArray[Any] = theirs.torch.cat(parts).argmax(dim=1).numpy()
        return lengths

    share = float(np.mean(ours().ravel() == floats()))
    expect(share >= AGREEING, f"only {share:.3f} of the classes agree")
    checked = f"{100 * share:.1f} % of the classes agree"
    return Pair(
        *alternate(ours, floats, setting.rounds),
        checked,
        len(images),
        f"{len(images)} images{note}",
    )


def q7(setting: Setting) -> Pair:
    """The published MNIST network of Q7-CapsNets, its C code's time from the literature."""
    if setting.threads > 1:
        raise Gap("the published code has one thread")
    made = _q7_program(setting)
    images = digits(setting.size(IMAGES, 8))
    ours: Callable[[], object] = lambda: fxcaps.run(made, images)  # noqa: E731
    times, _ = alternate(ours, lambda: None, setting.rounds)
    fastest = Q7_PUBLISHED_MS[0] * len(images) / 1000
    published = Times([fastest] * setting.rounds, [fastest] * setting.rounds)
    return Pair(
        times,
        published,
        "words equal the published ones in tests/network/test_recorded_q7.py",
        len(images),
        f"{len(images)} images; the published C is not run here: it takes "
        f"{Q7_PUBLISHED_MS[0]} to {Q7_PUBLISHED_MS[1]} ms an image, and the ratio is to the least",
    )


def _q7_program(setting: Setting) -> Program:
    if importlib.util.find_spec("fxcaps.quantize.q7") is None:
        raise Gap("this checkout does not read the published files of Q7-CapsNets")
    folder = setting.data / "q7" if setting.data else None
    names = ("mnist_float_weights.npz", "mnist_params.npz")
    if folder is None or not all((folder / name).is_file() for name in names):
        raise Gap("the published files are looked for in --data DIR or FXCAPS_DATA")
    module: Any = importlib.import_module("fxcaps.quantize.q7")
    importers: Any = importlib.import_module("fxcaps.importers")
    imported = importers.import_file(folder / names[0], choices=importers.Choices(strides=(1, 2)))
    network = fxcaps.architecture("q7-mnist").with_tensors(imported.network.tensors)
    with np.load(folder / names[1], allow_pickle=False) as parameters:
        made: Program = module.q7_program(
            network, dict(parameters), fxcaps.load_profile("q7-arm-14")
        )
    return made


def data_directory(given: str | None) -> Path | None:
    """The directory of data sets, as given or `FXCAPS_DATA`."""
    known = given or os.environ.get("FXCAPS_DATA")
    return Path(known) if known else None
