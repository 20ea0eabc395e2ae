"""Traces: every named tensor of some images as raw words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fxcaps.network.executor import Run
from fxcaps.network.files import write_archive

KIND, VERSION = "fxcaps-trace", 1


def save_trace(run: Run, path: Path) -> None:
    """Write the kept tensors of a run.

    The `.npz` has one integer array a tensor in the order of the schedule, `(images, ...)`, in
    the container of its format, and a JSON description with formats, events and the digest of
    the Program.
    """
    program = run.program
    names = [name for name in (*program.constants, *program.traced) if name in run.words]
    description: dict[str, Any] = {
        "kind": KIND,
        "version": VERSION,
        "program": program.name,
        "program_digest": program.digest,
        "images": run.images,
        "tensors": {
            name: {
                "shape": list(program.tensors[name].shape),
                "format": str(program.tensors[name].format),
            }
            for name in names
        },
        "events": {
            name: {
                event.value: {"count": total.count, "first": list(total.first)}
                for event, total in seen.items()
            }
            for name, seen in run.events.items()
        },
    }
    arrays = {name: run.words[name] for name in names}
    write_archive(path, description, arrays)
