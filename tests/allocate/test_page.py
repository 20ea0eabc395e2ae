"""The page on allocation: its code runs, its figures are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import fxcaps
from fxcaps.allocate import METHODS, Certificate
from fxcaps.datasets import digits
from fxcaps.quantize import RULES, Granularity

PAGE = (Path(__file__).parents[2] / "docs" / "allocation.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_first_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the page's first block, when run on 200 digits, then it leaves a certificate."""

    def few(split: str) -> tuple[object, object]:
        images, labels = digits(split)
        return images[:200], labels[:200]

    monkeypatch.setattr(fxcaps, "digits", few, raising=False)
    monkeypatch.chdir(tmp_path)
    exec(compile(BLOCKS[0], "allocation.md", "exec"), {})  # noqa: S102 - the page's own code
    found = Certificate.load(tmp_path / "certificate")
    assert found.outcome == "satisfied"
    words = found.content["accuracy"]["words"]["correct"]
    assert words >= found.content["needed"] >= 190
    assert 4 <= found.widths["conv.weight"] <= 8


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_other_examples_are_python(block: str) -> None:
    """Given the page's other blocks, when compiled, then they are Python."""
    compile(block, "allocation.md", "exec")


@pytest.mark.parametrize("names", [RULES, METHODS, Granularity.__members__], ids=["r", "m", "g"])
def test_every_name_stands_on_the_page(names: dict[str, object]) -> None:
    """Given rules, methods and granularities, when looked for, then the page has each."""
    assert [name for name in names if f"`{name.lower()}`" not in PAGE] == []
