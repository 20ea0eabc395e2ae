"""Accuracy and time of trained networks at several widths, on the 10,000 MNIST test images.

Usage: python benchmarks/accuracy.py [--data DIR] [--weights FILE --architecture NAME] [...]

Without weights the embedded mnist-small is measured. Calibration uses the embedded digits, which
are none of the test images. Prints a Markdown table and, with --json, writes the numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

import fxcaps
from fxcaps import datasets
from fxcaps.cli.progress import progress
from fxcaps.ops import Arithmetic

HEAD = (
    "| network | squash, softmax | bits | accuracy % | loss, points | differ from float "
    "| seconds | undecided | digest |\n|---|---|---|---|---|---|---|---|---|"
)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="directory of data sets (also: FXCAPS_DATA)")
    parser.add_argument("--weights", help="an .npz; the embedded mnist-small by default")
    parser.add_argument("--architecture", help="of weights without a description")
    parser.add_argument("--widths", default="8,6,5,4")
    parser.add_argument("--algorithms", default="isqrt_divide,lut", help="of squash, of softmax")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--first", type=int, default=10_000, help="test images")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    chosen = options()
    network = fxcaps.load_network(chosen.weights or "mnist-small", architecture=chosen.architecture)
    images, labels = datasets.load("mnist", "test", directory=chosen.data)
    images, labels = images[: chosen.first], labels[: chosen.first]
    squash, softmax = chosen.algorithms.split(",")
    arithmetic = Arithmetic(algorithms={"squash": squash, "softmax": softmax})
    print(
        f"fxcaps {fxcaps.__version__}, NumPy {np.__version__}, numba {numba.__version__}, "
        f"Python {platform.python_version()}, {platform.machine()}, {chosen.threads} threads, "
        f"{len(images)} test images\n\n{HEAD}"
    )
    started = time.perf_counter()
    expected = fxcaps.predict(network, images, progress=progress("float"))["class"]
    seconds = time.perf_counter() - started
    base = 100 * float(np.mean(expected == labels))
    print(f"| {network.name} | float64 | - | {base:.2f} | - | - | {seconds:.1f} | - | - |")
    rows: list[dict[str, Any]] = [{"bits": None, "accuracy": base, "seconds": seconds}]
    calibration = fxcaps.digits("calibration")[0]
    for width in map(int, chosen.widths.split(",")):
        program = fxcaps.quantize_network(network, calibration, width=width, arithmetic=arithmetic)
        # The first batch compiles; it is not part of the time.
        fxcaps.run(program, images[:2], threads=1)
        started = time.perf_counter()
        made = fxcaps.run(
            program, images, threads=chosen.threads, progress=progress(f"{width} bits")
        )
        seconds = time.perf_counter() - started
        found = made.words["class"]
        accuracy = 100 * float(np.mean(found == labels))
        differ = int(np.count_nonzero(found != expected))
        undecided = sum(made.undecided.values())
        print(
            f"| {network.name} | {squash}, {softmax} | {width} | {accuracy:.2f} "
            f"| {base - accuracy:.2f} | {differ} | {seconds:.1f} | {undecided} "
            f"| {made.digest[:16]} |",
            flush=True,
        )
        rows.append(
            {
                "bits": width,
                "accuracy": accuracy,
                "differ": differ,
                "seconds": seconds,
                "undecided": undecided,
                "digest": made.digest,
            }
        )
    if chosen.json:
        chosen.json.write_text(json.dumps({"network": network.name, "rows": rows}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
