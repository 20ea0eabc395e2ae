"""Which cases tell which wrong versions: writes `vectors/KILLS.json`.

Usage: python -m tools.kills
"""

from __future__ import annotations

import json
import sys
from typing import Any

from fxcaps.network.files import write_text
from fxcaps.vectors.text import file_of
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.kill import matrix_of, published
from tests.mutants.table import MUTANTS
from tests.vectors.build import PUBLISHED


def main() -> int:
    """Ask every mutant every case of the smoke tier; returns the exit code."""
    blocks: dict[str, list[dict[str, Any]]] = {"cases": [], "kills": []}
    for operation in sorted(MUTANTS):
        for name, rows in matrix_of(operation, MUTANTS[operation]).items():
            blocks[name] += rows
    head = {"kind": "fxcaps-kills", "version": 1, "set_digest": published().digest}
    known = [
        {"ops": e.operations, "mutant": e.mutant, "profiles": e.folders, "reason": e.reason}
        for e in EQUIVALENT
    ]
    path = PUBLISHED / "KILLS.json"
    kept = json.loads(path.read_text("ascii"))  # of the mechanical ones, by tools.mechanical
    blocks |= {name: kept.get(name, []) for name in ("killers", "mechanical")}
    write_text(path, file_of(head, equivalent=known, **blocks))
    return 0


if __name__ == "__main__":
    sys.exit(main())
