"""fxcaps vectors: golden vectors, generated, verified, listed, emitted and exported."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fxcaps.cli import report
from fxcaps.cli.inputs import (
    IMAGES_HELP,
    PROFILE_HELP,
    Misuse,
    add_data_option,
    images_and_labels,
    profile_named,
)
from fxcaps.cli.layout import add_layout_options, layout_of, written_files
from fxcaps.cli.progress import progress
from fxcaps.conform.codes import Code
from fxcaps.network import load_program
from fxcaps.types import Rejection
from fxcaps.vectors.emit import requests
from fxcaps.vectors.export import FORMS, as_asked, pack
from fxcaps.vectors.files import Entry, VectorSet, check_files, check_place, open_set, write_set
from fxcaps.vectors.generate import Wanted, plan, published_profiles
from fxcaps.vectors.make import Kind, Tier
from fxcaps.vectors.network import FOLDER, check_network, network_files
from fxcaps.vectors.pick import Pick, pick, setups_of
from fxcaps.vectors.program import program_files, steps_between
from fxcaps.vectors.verify import recompute

CORRUPT = int(Code.CORRUPT)
"""Exit code of a set that is missing, damaged, edited, mixed, or of another version."""

_BROKEN = Code.CORRUPT.reasons

VARIABLE = "FXCAPS_VECTORS"
"""Environment variable that names a set."""

_DEFAULT = "vectors"
"""Where a set is looked for otherwise: the published one, from the project's folder."""


def add_to(commands: Any) -> None:
    """Declare the command and its own commands."""
    parser = commands.add_parser("vectors", help="golden vectors of operations and networks")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_generate(actions)
    action = actions.add_parser("verify", help="check every byte of a set against its manifest")
    _add_selection(action)
    action.add_argument(
        "--recompute", action="store_true", help="ask the specification every selected case again"
    )
    action.set_defaults(execute=_of_a_set(verify))
    action = actions.add_parser("list", help="the files of a set, or their setups")
    _add_selection(action)
    action.add_argument("--setups", action="store_true", help="formats and shapes, one a line")
    action.set_defaults(execute=_of_a_set(list_files))
    action = actions.add_parser("emit", help="requests of one setup for a device, one a line")
    _add_device(action)
    action.set_defaults(execute=_of_a_set(emit))
    action = actions.add_parser("export", help="one setup as memory files, C header or arrays")
    _add_device(action)
    action.add_argument("--to", choices=list(FORMS), required=True, help="form of the pack")
    action.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    add_layout_options(action)
    action.set_defaults(execute=_of_a_set(export))


def _add_generate(actions: Any) -> None:
    action = actions.add_parser("generate", help="make a set: the published one, or your own")
    action.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    action.add_argument("--op", action="append", default=[], metavar="OP", help="may be repeated")
    action.add_argument(
        "--profile",
        action="append",
        default=[],
        metavar="PROFILE",
        help=f"may be repeated: {PROFILE_HELP}",
    )
    action.add_argument("--tier", choices=[tier.value for tier in Tier])
    action.add_argument(
        "--networks",
        type=Path,
        metavar="DIR",
        help="Programs and images, a folder a network (default: those of the set)",
    )
    action.add_argument("--program", type=Path, metavar="DIR", help="vectors of its own steps")
    action.add_argument("--steps", metavar="A..B", help="of the Program, by name (default: all)")
    action.add_argument("--images", metavar="IMAGES", help=f"for the Program: {IMAGES_HELP}")
    action.add_argument("--count", type=int, default=1, help="images (default: %(default)s)")
    add_data_option(action)
    action.set_defaults(execute=generate)


def _add_selection(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--set",
        metavar="DIR",
        help=f"of vectors (also: {VARIABLE}; default: {_DEFAULT})",
    )
    action.add_argument("--op", metavar="OP")
    _add_choice(action)


def _add_device(action: argparse.ArgumentParser) -> None:
    action.add_argument("op", metavar="OP")
    action.add_argument("--set", metavar="DIR", help=f"of vectors (also: {VARIABLE})")
    action.add_argument("--setup", metavar="NAME", help="where there are several")
    _add_choice(action)


def _add_choice(action: argparse.ArgumentParser) -> None:
    action.add_argument("--profile", metavar="NAME", help="of the published ones, or by_...")
    action.add_argument("--kind", choices=[kind.value for kind in Kind])
    action.add_argument("--tier", choices=[tier.value for tier in Tier])


def _of_a_set(
    execute: Callable[[argparse.Namespace, VectorSet], None],
) -> Callable[[argparse.Namespace], int]:
    """A command on a set, which ends with 3 where the set is what is wrong."""

    def guarded(options: argparse.Namespace) -> int:
        root = Path(options.set or os.environ.get(VARIABLE) or _DEFAULT)
        try:
            execute(options, open_set(root))
        except Rejection as rejection:
            if rejection.reason not in _BROKEN:
                raise
            print(f"fxcaps: {rejection}", file=sys.stderr)
            return CORRUPT
        return 0

    return guarded


def _selected(options: argparse.Namespace, found: VectorSet) -> list[Entry]:
    return found.select(
        op=options.op, profile=options.profile, kind=options.kind, tier=options.tier
    )


def generate(options: argparse.Namespace) -> None:
    """Write a set whole or not at all."""
    check_place(options.output)
    if options.program:
        _report(_of_program(options), options.output)
        return
    profiles = [profile_named(name) for name in options.profile] or published_profiles()
    whole = not (options.op or options.profile or options.tier)
    wanted = Wanted(
        options.op,
        profiles,
        own=not options.profile,
        tier=Tier(options.tier) if options.tier else None,
    )
    made = plan(wanted)
    sources = options.networks or (options.output / FOLDER if whole else None)
    data = network_files(sources) if sources else {}
    files = made.files(progress("generating"))
    _report(write_set(options.output, files, same=made.same, data=data), options.output)


def _of_program(options: argparse.Namespace) -> VectorSet:
    """The vectors of a Program's steps."""
    if options.op or options.profile or options.tier or options.networks:
        raise Misuse("--program cannot be given with --op, --profile, --tier or --networks")
    if not options.images:
        raise Misuse("--program needs --images")
    program = load_program(options.program)
    names = [step.name for step in program.steps]
    steps = steps_between(program, options.steps or f"{names[0]}..{names[-1]}")
    images, _ = images_and_labels(options.images, None, options.data)
    files = program_files(program, steps, images[: options.count])
    return write_set(options.output, files)


def _report(done: VectorSet, output: Path) -> None:
    cases = sum(entry.cases for entry in done.entries)
    print(f"{cases} cases in {len(done.entries)} files written to {output}")
    print(f"set_digest: {done.digest}")


def verify(options: argparse.Namespace, found: VectorSet) -> None:
    """Check all files; with `--recompute` also the selected cases, and the networks with all."""
    entries = _selected(options, found)
    count = check_files(found)
    print(f"{count} cases in {len(found.entries)} files as the manifest records them")
    if options.recompute:
        again = recompute(found, entries, progress("recomputing"))
        print(f"{again} cases as the specification gives them")
        if not (options.op or options.profile or options.kind or options.tier):
            print(f"{check_network(found.root)} files of networks likewise")
    print(f"set_digest: {found.digest}")


def list_files(options: argparse.Namespace, found: VectorSet) -> None:
    """Print the files that are selected, or the setups in them."""
    entries = _selected(options, found)
    if options.setups:
        rows = [
            [
                file.operation,
                file.bundle,
                file.kind.value,
                setup.name,
                *map(_tensors, _ports(setup)),
            ]
            for setup, file in setups_of(found, entries)
        ]
        head = ["operation", "profile", "kind", "setup", "inputs", "outputs"]
        print(report.table(head, rows, text=True))
        return
    rows = [
        [entry.op, entry.profile, entry.kind, entry.tier, str(entry.revision), str(entry.cases)]
        for entry in entries
    ]
    head = ["operation", "profile", "kind", "tier", "revision", "cases"]
    print(report.table(head, rows, text=True))
    for (op, profile), source in sorted(found.same.items()):
        if options.op in (None, op) and options.profile in (None, profile):
            print(f"{op} {profile}: as {source}")
    print(f"set_digest: {found.digest}")


def _ports(setup: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return setup.inputs, setup.outputs


def _tensors(tensors: dict[str, Any]) -> str:
    return ", ".join(
        f"{port} {given['format']} {'x'.join(map(str, given.get('shape', []))) or 'scalar'}"
        for port, given in tensors.items()
    )


def _picked(options: argparse.Namespace, found: VectorSet) -> Pick:
    entries = _selected(options, found)
    profiles = list(dict.fromkeys(entry.profile for entry in entries))
    if len(profiles) > 1:
        raise Misuse(f"{options.op} has several profiles, name one of {', '.join(profiles)}")
    return pick(found, entries, options.setup)


def emit(options: argparse.Namespace, found: VectorSet) -> None:
    """Print requests; what cannot be asked is counted on the error stream."""
    picked = _picked(options, found)
    for line in requests(picked):
        print(line)
    if picked.left_out:
        print(f"fxcaps: {picked.left_out} cases cannot be given to a device", file=sys.stderr)


def export(options: argparse.Namespace, found: VectorSet) -> None:
    """Write the files of a pack into a new folder, whole or not at all."""
    picked = as_asked(found, _picked(options, found), options.profile)
    written_files(pack(picked, options.to, layout_of(options)), options.output)
