"""fxcaps profile: named bundles of parameters, listed, shown, compared and exported."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps.cli import report
from fxcaps.cli.inputs import PROFILE_HELP, profile_named
from fxcaps.network.files import to_json, write_text
from fxcaps.profiles import differences, flat, load_profile, published
from fxcaps.vectors.bundle import PROFILE_FORMS, profile_text

_DIGITS = 16
"""Of a digest in a list."""


def add_to(commands: Any) -> None:
    """Declare the command and its own commands."""
    parser = commands.add_parser("profile", help="list, show, compare and export profiles")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    action = actions.add_parser("list", help="the profiles of the package")
    action.set_defaults(execute=list_profiles)
    action = actions.add_parser("show", help="what a profile fixes and what it leaves to be fitted")
    action.add_argument("profile", metavar="PROFILE", help=PROFILE_HELP)
    action.add_argument("--json", action="store_true", help="as a file, with its digest")
    action.set_defaults(execute=show)
    action = actions.add_parser("diff", help="where two profiles differ, field by field")
    action.add_argument("first", metavar="A", help=PROFILE_HELP)
    action.add_argument("second", metavar="B", help=PROFILE_HELP)
    action.set_defaults(execute=diff)
    action = actions.add_parser("export", help="write a profile to a file, with its digest")
    action.add_argument("profile", metavar="PROFILE", help=PROFILE_HELP)
    action.add_argument("file", type=Path, metavar="FILE")
    action.add_argument(
        "--to", choices=list(PROFILE_FORMS), default="json", help="form (default: %(default)s)"
    )
    action.set_defaults(execute=export)


def list_profiles(options: argparse.Namespace) -> None:  # noqa: ARG001 - it has none
    """Print name, status, digest and title of every profile of the package."""
    profiles = [load_profile(name) for name in published()]
    rows = [[p.name, p.status.value, p.digest[:_DIGITS], p.title] for p in profiles]
    print(report.table(["profile", "status", "digest", "title"], rows, text=True))


def show(options: argparse.Namespace) -> None:
    """Print a profile as a table or as the file that `export` writes."""
    profile = profile_named(options.profile)
    if options.json:
        print(to_json(profile.to_json()), end="")
        return
    print(f"Profile {profile.name}, {profile.status.value}, digest {profile.digest}")
    print(profile.title)
    for kind, text in profile.source.items():
        print(f"{kind}: {text}")
    print()
    named = dict(profile.data["operations"])
    named |= {"others": profile.data["default"]} if "default" in profile.data else {}
    rows = _fixed("constants", profile.data["constants"])
    rows += [row for name, entry in named.items() for row in _rows(name, entry)]
    print(report.table(["operation", "parameter", "value"], rows, text=True))
    if profile.default is None:
        print("\noperations that are not named are refused")


def _rows(name: str, entry: dict[str, Any]) -> list[list[str]]:
    params = {key: item for key, item in entry["params"].items() if key != "op"}
    return _fixed(name, params) + [[name, place, "fitted"] for place in entry["fitted"]]


def _fixed(name: str, values: dict[str, Any]) -> list[list[str]]:
    return [[name, place, text.strip('"')] for place, text in flat(values).items()]


def diff(options: argparse.Namespace) -> None:
    """Print every field in which two profiles differ."""
    first, second = profile_named(options.first), profile_named(options.second)
    found = differences(first, second)
    if not found:
        print(f"no differences: {first.digest}")
        return
    print(report.table(["field", first.name, second.name], found, text=True))


def export(options: argparse.Namespace) -> None:
    """Write the file whole or not at all."""
    profile = profile_named(options.profile)
    write_text(options.file, profile_text(profile, options.to))
    print(f"Profile {profile.name}, digest {profile.digest}, written to {options.file}")
