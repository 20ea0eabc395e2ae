"""The page on networks states what the architectures are."""

from __future__ import annotations

import re
from pathlib import Path

import fxcaps
from fxcaps.network import ARCHITECTURES, architecture, macs, parameters
from tests.network.test_deepcaps import BLOCKS

ROOT = Path(fxcaps.__file__).parents[1]
PAGE = (ROOT / "docs" / "networks.md").read_text(encoding="utf-8")


def test_counts() -> None:
    """Given the table, when compared with the architectures, then every line is right."""
    pattern = r"^\| `([a-z0-9-]+)` \| (\d+x\d+x\d+) \| ([\d,]+) \| ([\d,]+) \|$"
    found = [list(row) for row in re.findall(pattern, PAGE, re.MULTILINE)]
    expected = []
    for name in ARCHITECTURES:
        network = architecture(name)
        shapes = network.shapes()
        counts = sum(parameters(network).values()), sum(macs(network.steps, shapes).values())
        expected.append([name, "x".join(map(str, shapes["pixels"])), *(f"{n:,}" for n in counts)])
    assert found == expected


def test_blocks() -> None:
    """Given the sentence on blocks, when compared with the counts, then every number is there."""
    (line,) = [line for line in PAGE.splitlines() if line.startswith("The parameters of the")]
    numbers = {int(text.replace(",", "")) for text in re.findall(r"\d[\d,]*\d", line)}
    assert numbers >= {*BLOCKS[28], *BLOCKS[64]}


def test_the_page_is_linked() -> None:
    """Given the README, when read, then it leads to the page."""
    assert "(docs/networks.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
