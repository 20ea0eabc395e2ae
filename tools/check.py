"""The one check: format, lint, types, tests, and full branch coverage of the specification.

Usage: python tools/check.py [PYTEST ARGUMENTS]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(arguments: list[str]) -> int:
    """Run every check, the first failure ends; returns its exit code."""
    checks = [
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["mypy"],
        ["pytest", "-n", "2", "--cov", "--cov-report=", *arguments],
        ["coverage", "report", "--include=fxcaps/spec/*", "--fail-under=100", "--skip-covered"],
    ]
    for check in checks:
        print("+ " + " ".join(check), flush=True)
        code = subprocess.run([sys.executable, "-m", *check], cwd=ROOT, check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
