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
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

import fxcaps
from fxcaps import datasets
from fxcaps.cli.progress import progress
from fxcaps.network import Network, Run
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


def measure_float(network: Network, images: Any, labels: Any) -> tuple[dict[str, Any], Any]:
    """A row of the float forward, and its predictions."""
    started = time.perf_counter()
    found = fxcaps.predict(network, images, progress=progress("float"))["class"]
    seconds = time.perf_counter() - started
    accuracy = 100 * float(np.mean(found == labels))
    print(f"| {network.name} | float64 | - | {accuracy:.2f} | - | - | {seconds:.1f} | - | - |")
    return {"bits": None, "accuracy": accuracy, "seconds": seconds}, found


def measure_width(
    chosen: argparse.Namespace, network: Network, images: Any, width: int
) -> tuple[Run, float]:
    """A run at one width, and its seconds; the first batch, which compiles, is left out."""
    squash, softmax = chosen.algorithms.split(",")
    program = fxcaps.quantize_network(
        network,
        fxcaps.digits("calibration")[0],
        width=width,
        arithmetic=Arithmetic(algorithms={"squash": squash, "softmax": softmax}),
    )
    fxcaps.run(program, images[:2])
    started = time.perf_counter()
    made = fxcaps.run(program, images, threads=chosen.threads, progress=progress(f"{width} bits"))
    return made, time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    chosen = options()
    network = fxcaps.load_network(chosen.weights or "mnist-small", architecture=chosen.architecture)
    images, labels = datasets.load("mnist", "test", directory=chosen.data)
    images, labels = images[: chosen.first], labels[: chosen.first]
    print(
        f"fxcaps {fxcaps.__version__}, NumPy {np.__version__}, numba {numba.__version__}, "
        f"Python {platform.python_version()}, {platform.machine()}, {chosen.threads} threads, "
        f"{len(images)} test images\n\n{HEAD}"
    )
    base, expected = measure_float(network, images, labels)
    rows = [base]
    for width in map(int, chosen.widths.split(",")):
        made, seconds = measure_width(chosen, network, images, width)
        found = made.words["class"]
        row = {
            "bits": width,
            "accuracy": 100 * float(np.mean(found == labels)),
            "differ": int(np.count_nonzero(found != expected)),
            "seconds": seconds,
            "undecided": sum(made.undecided.values()),
            "digest": made.digest,
        }
        rows.append(row)
        print(
            f"| {network.name} | {chosen.algorithms} | {width} | {row['accuracy']:.2f} "
            f"| {base['accuracy'] - row['accuracy']:.2f} | {row['differ']} | {seconds:.1f} "
            f"| {row['undecided']} | {made.digest[:16]} |",
            flush=True,
        )
    if chosen.json:
        chosen.json.write_text(json.dumps({"network": network.name, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
