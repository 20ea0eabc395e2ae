"""Network vectors: a Program, an image, and every tensor that the specification makes of it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Program, Run, Tables, load_program, run
from fxcaps.network.digest import to_container, words_digest
from fxcaps.network.files import read_array
from fxcaps.spec import SPEC
from fxcaps.types import Event, Reason, Rejection
from fxcaps.vectors.numbers import write_words
from fxcaps.vectors.text import file_of

Json = dict[str, Any]

FOLDER = "network"
"""Of a set; each network has a folder in it."""

PROGRAM, INPUT, TAPS = "program", "input.npy", "taps.json"

NETWORK_KIND, NETWORK_VERSION = "fxcaps-network-vectors", 1

INLINE = 256
"""Words of a tensor that stand in the file itself; larger ones have a file of their own."""


def network_files(root: Path) -> dict[str, bytes]:
    """The files of all networks in a folder: their sources as they are, and their taps made anew.

    Args:
        root: has a folder for each network, with a Program and an array of images.

    A folder that is absent has no networks.
    """
    found: dict[str, bytes] = {}
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    for folder in folders:
        program = load_program(folder / PROGRAM)
        images = read_array(folder / INPUT)
        sources = [folder / INPUT, *sorted((folder / PROGRAM).rglob("*"))]
        found |= {
            f"{FOLDER}/{path.relative_to(root).as_posix()}": path.read_bytes()
            for path in sources
            if path.is_file()
        }
        found |= taps_of(folder.name, program, images)
    return found


def taps_of(name: str, program: Program, images: NDArray[Any]) -> dict[str, bytes]:
    """The files of taps of a Program: one line a tensor in the order of the schedule.

    Args:
        name: of the network's folder.
        program: what is run, on the specification.
        images: `(N, *shape)` words of its input.
    """
    made = run(program, images, Tables(SPEC), keep=program.traced)
    base = f"{FOLDER}/{name}"
    files: dict[str, bytes] = {}
    lines = []
    for tensor in program.traced:
        entry, words = program.tensors[tensor], made.words[tensor]
        line: Json = {
            "tensor": tensor,
            "step": _maker(program, tensor),
            "format": str(entry.format),
            "shape": [len(images), *entry.shape],
            "sha256": words_digest(words, entry.format),
            "events": _events(made, tensor),
        }
        if words.size <= INLINE:
            line["words"] = write_words(words.ravel().tolist(), entry.format)
        else:
            line["file"] = f"taps/{tensor}.npy"
            files[f"{base}/{line['file']}"] = _npy(to_container(words, entry.format))
        lines.append(line)
    head: Json = {
        "kind": NETWORK_KIND,
        "version": NETWORK_VERSION,
        "network": name,
        "program": PROGRAM,
        "program_digest": program.digest,
        "input": INPUT,
        "images": len(images),
        "digest": made.digest,
        "outputs": list(program.outputs),
    }
    return files | {f"{base}/{TAPS}": file_of(head, taps=lines).encode()}


def _maker(program: Program, tensor: str) -> str:
    """The step that makes a tensor; none makes an input."""
    makers = [step.name for step in program.steps if tensor in step.outputs.values()]
    return makers[0] if makers else ""


def _events(made: Run, tensor: str) -> Mapping[str, Any]:
    """Kind -> count, image and flat index of the first."""
    seen = made.events.get(tensor, {})
    return {kind.value: [seen[kind].count, *seen[kind].first] for kind in Event if kind in seen}


def _npy(words: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, words, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def check_network(root: Path) -> int:
    """Recompute the taps of every network of a set; returns how many tensors there are.

    Rejects the first file that differs with `FILE_CORRUPT`.
    """
    count = 0
    for name, content in network_files(root / FOLDER).items():
        path = root / name
        if not path.is_file() or path.read_bytes() != content:
            raise Rejection(
                Reason.FILE_CORRUPT, f"{path}: not what the specification makes of its Program"
            )
        count += 1
    return count
