"""The build: an installed package carries the smoke tier of the golden vectors."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
"""Of the sources."""


def carry(source: Path, target: Path) -> None:
    """Copy a set's manifest, the files of its smoke tier and their checksums."""
    manifest = json.loads((source / "MANIFEST.json").read_text("ascii"))
    kept: list[dict[str, Any]] = [file for file in manifest["files"] if file["tier"] == "smoke"]
    for name in ("MANIFEST.json", "LICENSE", *(file["path"] for file in kept)):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, target / name)
    sums = "".join(f"{file['sha256']}  {file['path']}\n" for file in kept)
    (target / "SHA256SUMS").write_bytes(sums.encode())


def main() -> None:
    """Build; a checkout has the whole set beside the package and needs no copy."""
    from setuptools import setup  # noqa: PLC0415 - `carry` is tested where it may be absent
    from setuptools.command.build_py import build_py  # noqa: PLC0415

    class Build(build_py):
        editable_mode: bool

        def run(self) -> None:
            super().run()
            if not self.editable_mode:
                carry(ROOT / "vectors", Path(self.build_lib) / "fxcaps" / "vectors" / "published")

    setup(cmdclass={"build_py": Build})


if __name__ == "__main__":
    main()
