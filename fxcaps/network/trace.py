"""Traces: every named tensor of some images as raw words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fxcaps.network.executor import Run
from fxcaps.network.files import write_archive

_KIND, _VERSION = "fxcaps-trace", 1


def save_trace(run: Run, path: Path) -> None:
    """Write the kept tensors of a run.

    The `.npz` has one integer array a tensor, `(images, ...)`, in the container of its format,
    and a JSON description with formats, events and the digest of the Program.
    """
    program = run.program
    description: dict[str, Any] = {
        "kind": _KIND,
        "version": _VERSION,
        "program": program.name,
        "program_digest": program.digest,
        "images": run.images,
        "tensors": {
            name: {
                "shape": list(program.tensors[name].shape),
                "format": str(program.tensors[name].format),
            }
            for name in program.tensors
            if name in run.words
        },
        "events": {
            name: {
                event.value: {"count": total.count, "first": list(total.first)}
                for event, total in seen.items()
            }
            for name, seen in run.events.items()
        },
    }
    arrays = {name: run.words[name] for name in program.tensors if name in run.words}
    write_archive(path, description, arrays)
