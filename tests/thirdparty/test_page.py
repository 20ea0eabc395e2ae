"""The page on extending shows this very package, and its example runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import fxcaps
from tests.support.messages import messages
from tests.thirdparty.install import HERE

ROOT = Path(fxcaps.__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")


def test_files_are_shown_as_they_are() -> None:
    """Given the page, when its files are compared with the package, then they are the same."""
    shown = dict(
        re.findall(r"^```(?:python|toml) (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    )
    files = [HERE / "pyproject.toml", *(HERE / "fxcaps_toy").glob("*.py")]
    expected = {str(path.relative_to(HERE)): path.read_text(encoding="utf-8") for path in files}
    assert shown == expected


def test_the_example_runs(toy: list[str], tmp_path: Path) -> None:
    """Given the package installed, when the example is pasted into a script, then it runs."""
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", block],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *toy])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, messages(done.stderr)) == (0, "")
    assert (tmp_path / "program" / "program.json").is_file()


def test_the_page_is_linked() -> None:
    """Given README and CONTRIBUTING, when read, then both lead to the page."""
    for name in ("README.md", "CONTRIBUTING.md"):
        assert "(docs/extending.md)" in (ROOT / name).read_text(encoding="utf-8")
