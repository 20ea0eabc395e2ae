"""The toy package installed without an installer: its folder and its metadata on the path."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fxcaps.ops import registry

HERE = Path(__file__).parent
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def write_metadata(site: Path, name: str, version: str, points: dict[str, str]) -> None:
    """What an installer leaves of a distribution beside its modules."""
    folder = site / f"{name.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
    )
    lines = "".join(f"{point} = {value}\n" for point, value in points.items())
    (folder / "entry_points.txt").write_text(f"[fxcaps.operations]\n{lines}", encoding="utf-8")


def toy_site(directory: Path) -> list[str]:
    """The path entries of the toy package as its pyproject describes it."""
    points = PROJECT["entry-points"]["fxcaps.operations"]
    write_metadata(directory / "site", PROJECT["name"], PROJECT["version"], points)
    return [str(directory / "site"), str(HERE)]


@contextmanager
def on_path(entries: list[str]) -> Iterator[None]:
    """Add path entries as if this process had been started with them; later all is as before."""
    mark = len(registry.ADDED)
    before, registry.PLUGINS = registry.PLUGINS, registry._Plugins()
    sys.path[:0] = entries
    try:
        yield
    finally:
        del sys.path[: len(entries)]
        registry.withdraw(mark)
        registry.PLUGINS = before
        for name in {part for entry in entries for part in _top_level(Path(entry))}:
            for module in [known for known in sys.modules if known.split(".")[0] == name]:
                del sys.modules[module]


def _top_level(site: Path) -> set[str]:
    """Names of the packages and modules in a folder of installed ones."""
    packages = {found.parent.name for found in site.glob("*/__init__.py")}
    return packages | {found.stem for found in site.glob("*.py") if site != HERE}
