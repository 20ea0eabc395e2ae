"""Peak resident memory of a run over many images, in a process of its own.

Usage: python -m benchmarks.speed.memory NETWORK COUNT [THREADS]
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed.row import Amount, Gap, Setting

ROOT = Path(__file__).parents[2]

ALL = 10_000
"""Images of a test set."""

Sizes = tuple[int, int]
"""Numbers of images: that of the number itself, and fewer, to show that memory does not grow."""


def streaming(network: str, sizes: Sizes) -> Callable[[Setting], Amount]:
    """A row: peak megabytes for so many images, and for fewer."""

    def measure(setting: Setting) -> Amount:
        if setting.quick:
            raise Gap("many images take too long for a quick run")
        more, fewer = (_peak(network, count, setting.threads) for count in sizes)
        rest = (ALL - sizes[0]) * more["input_bytes"] / 1e6
        note = (
            f"{sizes[0]:,} images in batches of {more['batch']}, {more['seconds']:.0f} s; "
            f"with {sizes[1]:,}: {fewer['peak_mb']:.0f} MB; weights and Program before the run: "
            f"{more['before_mb']:.0f} MB"
        )
        if rest > 0:
            note += f"; the pixels of {ALL:,} images are {rest:.0f} MB more"
        return Amount(more["peak_mb"], note, {"fewer_mb": fewer["peak_mb"]})

    return measure


def _peak(network: str, count: int, threads: int) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", __name__, network, str(count), str(threads)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def resident(*, peak: bool = True) -> float:
    """Megabytes that this process has, or had at the most, resident."""
    label = "VmHWM:" if peak else "VmRSS:"
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(label):
            return int(line.split()[1]) * 1024 / 1e6
    raise Gap("this system does not tell the resident memory of a process")


def _main(network: str, count: int, threads: int) -> None:
    import time  # noqa: PLC0415 - of the measuring process alone

    import fxcaps  # noqa: PLC0415 - likewise
    from benchmarks.speed.networks import program  # noqa: PLC0415 - likewise
    from fxcaps.network.executor import batch_size  # noqa: PLC0415 - likewise

    random = np.random.default_rng(6)
    made = program() if network == "shallowcaps" else _untrained(network)
    (name,) = made.inputs
    shape = made.tensors[name].shape
    before = resident(peak=False)
    images = random.integers(0, 256, (count, *shape), np.uint8)
    started = time.perf_counter()
    fxcaps.run(made, images, threads=threads)
    result = {
        "peak_mb": resident(),
        "before_mb": before,
        "seconds": time.perf_counter() - started,
        "batch": batch_size(made, threads),
        "input_bytes": int(np.prod(shape)),
    }
    print(json.dumps(result))


def _untrained(name: str) -> Any:
    """A network of random weights in words of 8 bits, with the algorithms of the fast engine."""
    import fxcaps  # noqa: PLC0415 - of the measuring process alone

    random = np.random.default_rng(7)
    network = fxcaps.architecture(name)
    tensors = {
        tensor: (random.normal(0, 1, shape) / math.sqrt(math.prod(shape[1:]))).astype(np.float32)
        for tensor, shape in network.expected.items()
        if tensor not in network.fixed
    }
    (given,) = network.inputs.values()
    images = random.integers(0, 256, (2, *given.shape), np.uint8)
    return fxcaps.quantize_network(network.with_tensors(tensors), images, width=8)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
