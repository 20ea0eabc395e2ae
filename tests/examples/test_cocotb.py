"""The cocotb scoreboard on Icarus Verilog, which `test_readme.py` runs as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fxcaps.vectors.column import ROW
from tests.examples.build import RTL, copied, need, write_pack


def scored(pack: Path, source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(source / "cocotb_squash.py"), str(pack)],
        env=os.environ | {"PROFILE_DIR": str(pack)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Edge cases of a squash."""
    need("iverilog", "cocotb")
    options = ("squash", "fxcaps-hardware", "s8f5-s8f7-2", {"": ROW})
    return write_pack(tmp_path / "pack", *options)


def test_a_broken_copy_is_told(pack: Path, tmp_path: Path) -> None:
    """Given a broken rounding, when the device is scored, then the first wrong beat is named."""
    change = ("fx_round.sv", "inexact && up", "1'b0 && up")
    done = scored(pack, copied(RTL, tmp_path / "rtl", [change]))
    assert done.returncode == 1
    assert "beat 0: expected " in done.stdout
    assert "FXCAPS PASS" not in done.stdout
