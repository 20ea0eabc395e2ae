"""The page on importing: its commands and examples run, its tables are those of the code."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fxcaps.importers import CONTAINERS, LAYOUTS
from tests.importers.sources import Arrays, random_arrays
from tests.importers.test_containers import SAVE
from tests.support.messages import messages
from tests.thirdparty.install import write_metadata

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[0].splitlines()
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(SHOWN,) = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PACKAGES = {"safetensors": "safetensors", "h5": "h5py", "pt": "torch"}
"""Suffix of a file on the page -> the package that it needs."""

NARROW = {
    "conv.conv.weight": (4, 1, 9, 9),
    "conv.conv.bias": (4,),
    "primary.bias": (2, 3, 1, 1),
    "primary.conv3d.weight": (6, 4, 9, 9),
    "digit.weight": (72, 3, 20),
    "digit.bias": (4, 5),
}
"""A ShallowCapsNet with two types of capsules."""

CIFAR = {
    "conv2d.kernel_HWIO": (3, 3, 3, 2),
    "conv2d.bias": (2,),
    "conv2d_1.kernel_HWIO": (3, 3, 2, 2),
    "conv2d_1.bias": (2,),
    "conv2d_2.kernel_HWIO": (3, 3, 2, 2),
    "conv2d_2.bias": (2,),
    "conv2d_3.kernel_HWIO": (3, 3, 2, 2),
    "conv2d_3.bias": (2,),
    "primary_capsule.kernel_HWIO": (3, 3, 2, 6),
    "primary_capsule.bias": (6,),
    "capsule.weights_OINK": (10, 8, 5, 3),
}
"""The layers of the Q7 network for CIFAR-10 with few channels."""


MINE = {
    "features.w": (16, 1, 7, 7),
    "conv.bias": (16,),
    "caps.w": (64, 16, 7, 7),
    "primary.bias": (64,),
    "votes.w": (1024, 10, 4, 6),
}
"""What the layout of the page takes."""


def files() -> dict[str, tuple[str, Arrays]]:
    """Names on the page -> container and contents."""
    narrow = random_arrays(NARROW)
    return {
        "model.safetensors": ("safetensors", narrow),
        "checkpoint.safetensors": ("safetensors", narrow | {"decoder.0.bias": np.zeros(2)}),
        "model.pt": ("torch", narrow),
        "model.h5": ("hdf5", narrow),
        "cifar.npz": ("npz", random_arrays(CIFAR)),
        "mine.npz": ("npz", random_arrays(MINE)),
    }


def place(name: str, directory: Path) -> None:
    """Write a file of the page; skips the test where its package is absent."""
    package = PACKAGES.get(name.rpartition(".")[2])
    if package and importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    container, arrays = files()[name]
    SAVE[container][1](arrays, directory / name)


def run(*arguments: str, cwd: Path, path: Sequence[str] = (str(ROOT),)) -> str:
    """The output of a process that ends well."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, messages(done.stderr)) == (0, "")
    return done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command: str, tmp_path: Path) -> None:
    """Given the files of the page, when a command is typed, then it writes the network."""
    name, verb, source, *options = shlex.split(command)
    assert name == "fxcaps"
    if verb == "info":
        place("cifar.npz", tmp_path)
        run("-m", "fxcaps.cli.main", *shlex.split(COMMANDS[3])[1:], cwd=tmp_path)
    else:
        place(source, tmp_path)
    out = run("-m", "fxcaps.cli.main", verb, source, *options, cwd=tmp_path)
    assert (tmp_path / "network.npz").is_file()
    if source == "model.safetensors":
        assert out.startswith(SHOWN)


def test_examples_run(tmp_path: Path) -> None:
    """Given the examples, when pasted into scripts, then they run."""
    assert len(BLOCKS) == 2
    run("-c", BLOCKS[1], cwd=tmp_path)
    place("model.safetensors", tmp_path)
    out = run("-c", BLOCKS[0], cwd=tmp_path)
    assert "iterations 2 given" in out.splitlines()


def test_an_installed_package_brings_its_layout(tmp_path: Path) -> None:
    """Given the layout of the page in a package with an entry point, then the command knows it."""
    place("mine.npz", tmp_path)
    site = tmp_path / "site"
    write_metadata(site, "fxcaps-mine", "1.0", {"mine": "fxcaps_mine"})
    (site / "fxcaps_mine.py").write_text(BLOCKS[1].split("random =")[0], encoding="utf-8")
    out = run(
        "-m",
        "fxcaps.cli.main",
        "import",
        "mine.npz",
        "-o",
        "out.npz",
        cwd=tmp_path,
        path=[str(ROOT), str(site)],
    )
    assert "layout     mine   detected by 'features.w'" in out.splitlines()


def test_tables_are_complete() -> None:
    """Given the page, then containers, extras and layouts are those of the code."""
    rows = re.findall(r"^\| `([\w-]+)` \|.*\|$", PAGE, re.MULTILINE)
    assert rows == [*CONTAINERS, *LAYOUTS]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = set(re.findall(r'"fxcaps\[(\w+)\]"', PAGE))
    assert extras == {"safetensors", "hdf5", "torch"} <= set(project["optional-dependencies"])


def test_the_page_is_linked() -> None:
    """Given the README, when read, then it leads to the page."""
    assert "(docs/importing.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
