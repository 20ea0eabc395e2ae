"""fxcaps profile, and quantize --profile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fxcaps.api import quantize_network
from fxcaps.network import load_network, load_program
from fxcaps.profiles import load_profile, published
from fxcaps.types import Rounding
from tests.cli.command import Done, command, saved_images, saved_network
from tests.network.build import small_images
from tests.network.disk import contents, edit_json
from tests.profiles.build import profile, profile_data


def misused(line: str) -> Done:
    """What a command line that cannot be meant leaves."""
    return Done(2, "", f"fxcaps: {line}\n")


def saved_profile(directory: Path) -> Path:
    """A profile of one's own on disk."""
    path = directory / "mine.json"
    path.write_text(json.dumps(profile_data()), encoding="utf-8")
    return path


def test_list() -> None:
    """Given the package, when its profiles are listed, then name, status, digest and title."""
    done = command("profile", "list")
    head, *rows = done.out.splitlines()
    assert (done.code, done.err, head.split()) == (0, "", ["profile", "status", "digest", "title"])
    profiles = [load_profile(name) for name in published()]
    assert [row.split(maxsplit=3) for row in rows] == [
        [item.name, item.status.value, item.digest[:16], item.title] for item in profiles
    ]


def test_show(tmp_path: Path) -> None:
    """Given a file, when shown, then its head and one line for every parameter."""
    done = command("profile", "show", saved_profile(tmp_path))
    head, body = done.out.split("\n\n")
    assert (done.code, done.err) == (0, "")
    assert head == (
        f"Profile mine, reconstruction, digest {profile().digest}\n"
        "A profile for tests\n"
        "paper: Nobody 2020\n"
        "code: example.org at 1234567"
    )
    assert body == (
        "operation  parameter                value\n"
        "constants  rounding                 floor\n"
        "constants  overflow                 saturate\n"
        "votes      rounding                 ties_to_even\n"
        "votes      overflow                 wrap\n"
        "votes      accumulator.format       s20f0\n"
        "votes      accumulator.overflow     saturate\n"
        "votes      accumulator.check        per_step\n"
        "votes      accumulator.format.frac  fitted\n"
        "squash     rounding                 floor\n"
        "squash     overflow                 wrap\n"
        "squash     algorithm                isqrt_divide\n"
        "squash     guard                    2\n"
        "squash     accumulator              fitted\n"
        "softmax    rounding                 ties_to_even\n"
        "softmax    overflow                 wrap\n"
        "softmax    algorithm                lut\n"
        "softmax    accumulator              fitted\n"
        "softmax    table                    fitted\n"
        "softmax    index_frac               fitted\n"
        "softmax    exp                      fitted\n"
        "softmax    largest_distance         fitted\n"
        "others     rounding                 ties_to_even\n"
        "others     overflow                 wrap\n"
        "others     accumulator              fitted\n"
    )


def test_show_without_a_default(tmp_path: Path) -> None:
    """Given a profile without a default, when shown, then it says what that means."""
    path = tmp_path / "strict.json"
    path.write_text(json.dumps(profile_data(default=None)), encoding="utf-8")
    done = command("profile", "show", path)
    assert done.code == 0
    assert "others" not in done.out
    assert done.out.endswith("\n\noperations that are not named are refused\n")


@pytest.mark.parametrize("name", list(published()))
def test_export_and_show_as_json(name: str, tmp_path: Path) -> None:
    """Given a profile, when exported, then the file is what `show --json` prints, and valid."""
    path, digest = tmp_path / "out.json", published()[name]
    done = command("profile", "export", name, path)
    assert done == Done(0, f"Profile {name}, digest {digest}, written to {path}\n", "")
    assert command("profile", "show", name, "--json").out == path.read_text(encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["digest"] == digest
    assert command("profile", "show", path).out == command("profile", "show", name).out
    assert command("profile", "diff", name, path).out == f"no differences: {digest}\n"
    assert set(contents(tmp_path)) == {"out.json"}


def test_diff() -> None:
    """Given two profiles, when compared, then the fields that differ stand side by side."""
    done = command("profile", "diff", "fxcaps-exact", "fxcaps-hardware")
    rows = [" ".join(line.split()) for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert rows[0] == "field fxcaps-exact fxcaps-hardware"
    assert rows[3:] == [
        'operations.softmax.params.algorithm "exact" "lut"',
        (
            'operations.softmax.fitted [] ["accumulator", "table", "index_frac", "exp", '
            '"largest_distance"]'
        ),
        'operations.squash.params.algorithm "exact" "isqrt_divide"',
        'operations.squash.fitted [] ["accumulator", "guard"]',
    ]


def test_misuse(tmp_path: Path) -> None:
    """Given unknown names and files that are no profiles, then one line and exit code 2."""
    unknown = "NAME_UNKNOWN: no profile 'fxcaps-exakt'; did you mean fxcaps-exact?"
    path = saved_profile(tmp_path)
    for arguments in (
        ("show", "fxcaps-exakt"),
        ("show", "fxcaps-exakt", "--json"),
        ("diff", "fxcaps-exact", "fxcaps-exakt"),
        ("diff", "fxcaps-exakt", "fxcaps-exact"),
        ("export", "fxcaps-exakt", tmp_path / "out.json"),
    ):
        assert command("profile", *arguments) == misused(unknown)
    assert set(contents(tmp_path)) == {"mine.json"}
    edit_json(path, lambda data: data.update(digest="12"))
    assert command("profile", "show", path) == misused(
        f"FILE_CORRUPT: {path}: digest is '12', its contents give '{profile().digest}'"
    )
    edit_json(path, lambda data: data.update(extra="12"))
    assert command("profile", "show", path) == misused(
        f"PARAMETER_INVALID: {path}: profile: unknown field 'extra'; known: kind, version, name, "
        "title, status, source, constants, operations, default, digest"
    )
    path.write_text("{}", encoding="utf-8")
    assert command("profile", "show", path) == misused(
        f"FILE_FOREIGN: {path}: expected kind 'fxcaps-profile', found None"
    )
    assert command("profile", "show", tmp_path / "absent.json") == misused(
        f"FILE_UNREADABLE: {tmp_path / 'absent.json'}: No such file or directory"
    )


def test_export_to_a_bad_place(tmp_path: Path) -> None:
    """Given a place below a file or a directory, when exported, then refused, nothing left."""
    path = saved_profile(tmp_path)
    place = path / "out.json"
    assert command("profile", "export", "fxcaps-exact", place) == Done(
        2, "", f"fxcaps: FILE_UNWRITABLE: {place}: Not a directory\n"
    )
    assert command("profile", "export", "fxcaps-exact", tmp_path) == Done(
        2, "", f"fxcaps: FILE_UNWRITABLE: {tmp_path}: Is a directory\n"
    )
    assert set(contents(tmp_path)) == {"mine.json"}


def test_quantize_by_a_profile(tmp_path: Path) -> None:
    """Given a name or a file, when quantised, then the Program is the library's, and says so."""
    model, images = saved_network(tmp_path), saved_images(tmp_path)
    for source in ("fxcaps-acc16", str(saved_profile(tmp_path))):
        place = tmp_path / "out"
        done = command("quantize", model, "--calibrate", images, "-o", place, "--profile", source)
        expected = quantize_network(
            load_network(model), small_images(), arithmetic=load_profile(source)
        )
        found = load_program(place)
        assert (done.code, found.digest, found.origin) == (0, expected.digest, expected.origin)
        named = load_profile(source)
        assert f"profile: {named.name} {named.digest}\n" in command("info", place).out


def test_single_choices_stand_beside_the_usual_profile(tmp_path: Path) -> None:
    """Given one mode, when quantised, then the others are those of the usual profile."""
    model, images = saved_network(tmp_path), saved_images(tmp_path)
    options = ("quantize", model, "--calibrate", images, "-o", tmp_path / "out")
    assert command(*options, "--rounding", "floor").code == 0
    program = load_program(tmp_path / "out")
    truncating = load_profile("fxcaps-truncate")
    expected = quantize_network(load_network(model), small_images(), arithmetic=truncating)
    assert program.digest == expected.digest
    assert truncating.arithmetic.rounding is Rounding.FLOOR
    assert "profile" not in program.origin


@pytest.mark.parametrize("option", ["rounding", "overflow", "squash", "softmax"])
def test_a_profile_is_all_of_the_arithmetic(option: str, tmp_path: Path) -> None:
    """Given a profile and a single choice, when quantised, then refused before the long part."""
    value = {"rounding": "floor", "overflow": "wrap"}.get(option, "exact")
    done = command(
        *("quantize", "mnist-small", "--calibrate", "digits/calibration"),
        *("-o", tmp_path / "out", "--profile", "fxcaps-exact", f"--{option}", value),
    )
    assert done == misused(f"--profile and --{option} cannot be given together")
    assert contents(tmp_path) == {}


def test_quantize_refuses_profiles(tmp_path: Path) -> None:
    """Given an unknown profile, when quantised, then one line before the long part."""
    done = command(
        *("quantize", "mnist-small", "--calibrate", "digits/calibration"),
        *("-o", tmp_path / "out", "--profile", "fxcaps-exakt"),
    )
    assert done == misused("NAME_UNKNOWN: no profile 'fxcaps-exakt'; did you mean fxcaps-exact?")
