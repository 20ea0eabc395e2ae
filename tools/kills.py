"""Which cases tell which wrong versions: writes `vectors/KILLS.json`.

Usage: python -m tools.kills
"""

from __future__ import annotations

import sys

from fxcaps.network.files import write_text
from fxcaps.vectors.make import Tier
from fxcaps.vectors.text import file_of
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.kill import published, verdict
from tests.mutants.table import MUTANTS
from tests.vectors.build import PUBLISHED
from tests.vectors.test_kills import cases, folders


def main() -> int:
    """Ask every mutant every case of the smoke tier; returns the exit code."""
    rows = []
    for operation in sorted(MUTANTS):
        for folder in folders(operation):
            smoke = cases(operation, folder, Tier.SMOKE)
            for mutant in MUTANTS[operation]:
                found = verdict(mutant, smoke)
                if found.asked:
                    row = {"op": operation, "profile": folder, "mutant": mutant.name}
                    slugs = [name.split(".", 3)[3] for name in found.told]
                    rows.append(row | {"flag": mutant.flag, "cases": slugs})
    head = {"kind": "fxcaps-kills", "version": 1, "set_digest": published().digest}
    known = [
        {"ops": e.operations, "mutant": e.mutant, "profiles": e.folders, "reason": e.reason}
        for e in EQUIVALENT
    ]
    write_text(PUBLISHED / "KILLS.json", file_of(head, equivalent=known, kills=rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
