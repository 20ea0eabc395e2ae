"""fxcaps conform: a device asked the vectors, compared, and reported."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fxcaps.cli.inputs import Misuse
from fxcaps.conform import (
    Code,
    Device,
    Function,
    Implementation,
    Pipe,
    Replies,
    Result,
    Selection,
    Shard,
    Verdict,
    choose,
    conduct,
)
from fxcaps.conform.run import DEFAULT, VARIABLE
from fxcaps.types import Rejection
from fxcaps.vectors.files import open_set
from fxcaps.vectors.make import Kind, Tier

SHOWN = 20
"""Cases that a summary names; a report has all."""


def add_to(commands: Any) -> None:
    """Declare the command and its own commands."""
    parser = commands.add_parser("conform", help="whether a device gives the words of the vectors")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_run(actions)
    action = actions.add_parser(
        "check", help="compare replies from the input: fxcaps vectors emit ... | ./dut | ... check"
    )
    _add_selection(action)
    action.set_defaults(execute=_coded(check))


def _add_run(actions: Any) -> None:
    action = actions.add_parser("run", help="ask a device and compare")
    _add_selection(action)
    device = action.add_mutually_exclusive_group(required=True)
    device.add_argument("--pipe", metavar="COMMAND", help="requests and replies as lines of text")
    device.add_argument(
        "--python", metavar="MODULE:FUNCTION", help="a function; MODULE may be a .py file"
    )
    action.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="for each reply (default: %(default)g)",
    )
    action.add_argument("--shard", default="1/1", metavar="I/N", help="a part of the cases")
    action.set_defaults(execute=_coded(run))


def _add_selection(action: argparse.ArgumentParser) -> None:
    action.add_argument("op", metavar="OP")
    action.add_argument("--profile", required=True, metavar="NAME", help="published, or by_...")
    action.add_argument("--setup", metavar="NAME", help="formats and shapes, where there are more")
    action.add_argument("--kind", choices=[kind.value for kind in Kind])
    action.add_argument("--tier", choices=[tier.value for tier in Tier])
    action.add_argument(
        "--set", metavar="DIR", help=f"of vectors (also: {VARIABLE}; default: {DEFAULT})"
    )
    action.add_argument(
        "--no-reject", action="store_true", help="the device has no channel for rejections"
    )


def _coded(execute: Callable[[argparse.Namespace], Code]) -> Callable[[argparse.Namespace], int]:
    return lambda options: int(execute(options))


def _selected(options: argparse.Namespace, *, single: bool) -> Selection | None:
    """What the options select; nothing, and a line, where the set is what is wrong."""
    root = Path(options.set or os.environ.get(VARIABLE) or DEFAULT)
    shard = Shard.parse(getattr(options, "shard", "1/1"))
    try:
        return choose(
            open_set(root),
            op=options.op,
            profile=options.profile,
            kind=options.kind,
            tier=options.tier,
            setup=options.setup,
            single=single,
            shard=shard,
        )
    except Rejection as rejection:
        if rejection.reason not in Code.CORRUPT.reasons:
            raise
        print(f"fxcaps: {rejection}", file=sys.stderr)
        return None


def run(options: argparse.Namespace) -> Code:
    """Ask a device."""
    rejects = not options.no_reject
    device: Device
    if options.pipe is not None:
        command = shlex.split(options.pipe)
        if not command:
            raise Misuse("--pipe: expected a command")
        device = Pipe(command, rejects=rejects, seconds=options.timeout)
    else:
        device = Function(_function(options.python), rejects=rejects)
    selection = _selected(options, single=options.pipe is not None)
    return Code.CORRUPT if selection is None else _reported(conduct(device, selection))


def check(options: argparse.Namespace) -> Code:
    """Compare the replies on the input."""
    selection = _selected(options, single=True)
    if selection is None:
        return Code.CORRUPT
    return _reported(conduct(Replies(sys.stdin, rejects=not options.no_reject), selection))


def _function(text: str) -> Implementation:
    """The function that `MODULE:FUNCTION` names."""
    place, colon, name = text.rpartition(":")
    if not colon or not place:
        raise Misuse(f"--python: expected MODULE:FUNCTION, found {text!r}")
    try:
        module = _module(place)
        found = getattr(module, name)
    except (ImportError, OSError, AttributeError) as error:
        raise Misuse(f"--python: {error}") from None
    if not callable(found):
        raise Misuse(f"--python: {text} is no function")
    return found  # type: ignore[no-any-return]  # whatever it returns is judged


def _module(place: str) -> Any:
    if not place.endswith(".py"):
        return importlib.import_module(place)
    spec = importlib.util.spec_from_file_location(Path(place).stem, place)
    if spec is None or spec.loader is None:
        raise ImportError(f"{place} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _reported(result: Result) -> Code:
    """Print what was found."""
    selection = result.selection
    print(f"device: {result.adapter}, {selection.operation} {selection.profile}")
    print(f"set_digest: {selection.set.digest}")
    counts = ", ".join(f"{count} {verdict}" for verdict, count in result.counts().items() if count)
    print(f"cases: {counts} of {selection.recorded}")
    for line in [*result.faults, *result.accounts()]:
        print(f"fxcaps: {line}", file=sys.stderr)
    told = [finding for finding in result.findings if finding.verdict is Verdict.MISMATCH]
    for finding in told[:SHOWN]:
        print(f"{finding.verdict} {finding.id}: {finding.why}")
    print(f"result: {result.code.name.lower().replace('_', ' ')}")
    return result.code
