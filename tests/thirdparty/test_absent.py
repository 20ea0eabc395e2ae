"""Files that name what another package brings, where that package is not installed."""

from __future__ import annotations

from pathlib import Path

from fxcaps.network import load_network, load_program, save_network, save_program
from fxcaps.ops import OPERATIONS
from fxcaps.profiles import load_profile
from fxcaps.types import Reason
from tests.support.outcomes import Rejected, rejection_of
from tests.thirdparty.install import on_path, toy_site
from tests.thirdparty.networks import profile_file, toy_network, toy_program


def test_files_tell_the_missing_name(tmp_path: Path) -> None:
    """Given network, Program and profile with the toy's names, when read without it, then told."""
    with on_path(toy_site(tmp_path)):
        save_network(toy_network(), tmp_path / "toy.npz")
        save_program(toy_program(), tmp_path / "program")
        profile = profile_file(tmp_path)
    known = ", ".join(sorted(OPERATIONS))
    where = f"{tmp_path / 'toy.npz'}: description.json steps[3] 'primary.leaky' params"
    assert rejection_of(lambda: load_network(tmp_path / "toy.npz")) == Rejected(
        Reason.NAME_UNKNOWN, f"{where}: no operation 'leaky'; known: {known}"
    )
    where = f"{tmp_path / 'program' / 'program.json'}: steps[3] 'primary.leaky' params"
    assert rejection_of(lambda: load_program(tmp_path / "program")) == Rejected(
        Reason.NAME_UNKNOWN, f"{where}: no operation 'leaky'; known: {known}"
    )
    assert rejection_of(lambda: load_profile(profile)) == Rejected(
        Reason.NAME_UNKNOWN,
        f"{profile}: operations['squash']: squash has no algorithm 'max_norm'; "
        "known: exact, exp, isqrt_divide, isqrt_factor, lut, norm, pow2, q7, shift_reconstruction",
    )
