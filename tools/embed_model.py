"""Write fxcaps/embedded/mnist-small.npz, a Network file in float16, from trained weights.

Usage: python tools/embed_model.py WEIGHTS.npz [OUTPUT.npz]

Prints the line that fxcaps/datasets/embedded.py needs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from fxcaps.datasets.files import fingerprint
from fxcaps.network import load_network, save_network

_MODEL = Path(__file__).parent.parent / "fxcaps" / "embedded" / "mnist-small.npz"


def main(arguments: list[str]) -> None:
    """Convert the named arrays of the `mnist-small` architecture."""
    if not arguments:
        raise SystemExit("usage: python tools/embed_model.py WEIGHTS.npz [OUTPUT.npz]")
    path = Path(arguments[1]) if len(arguments) > 1 else _MODEL
    network = load_network(Path(arguments[0]), name="mnist-small")
    save_network(network, path, dtype=np.float16)
    found = fingerprint(path, "sha256")
    print(f'"mnist-small": Fingerprint("{found.checksum}", {found.size}),')


if __name__ == "__main__":
    main(sys.argv[1:])
