"""fxcaps conform: a device asked the vectors, compared, and reported."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import io
import json
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fxcaps.cli.conformed import RENDERED, reported
from fxcaps.cli.inputs import Misuse
from fxcaps.cli.layout import lanes_of
from fxcaps.conform import (
    Bench,
    Code,
    Device,
    Executable,
    Folder,
    Function,
    Implementation,
    Library,
    Pipe,
    Replies,
    Selection,
    Shard,
    choose,
    conduct,
    prompted,
    write_prompt,
)
from fxcaps.conform.adapters.library import header
from fxcaps.conform.process import lines_of
from fxcaps.conform.reporting import KIND, VERSION
from fxcaps.conform.start import DEFAULT, VARIABLE, set_at
from fxcaps.conform.waivers import Waiver, check_pin, read_waivers, write_pin
from fxcaps.network.files import read_json
from fxcaps.types import Rejection
from fxcaps.vectors.files import VectorSet
from fxcaps.vectors.make import Kind, Tier


def add_to(commands: Any) -> None:
    """Declare the command and its own commands."""
    parser = commands.add_parser("conform", help="whether a device gives the words of the vectors")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_run(actions)
    action = actions.add_parser(
        "check", help="compare replies on the input: fxcaps vectors emit ... | ./dut | ... check"
    )
    _add_selection(action)
    _add_timeout(action)
    _add_outcome(action)
    action.set_defaults(execute=coded(check))
    action = actions.add_parser("prompt", help="a folder of questions without answers")
    _add_selection(action)
    action.add_argument("--shard", default="1/1", metavar="I/N", help="a part of the cases")
    action.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    action.set_defaults(execute=coded(prompt))
    action = actions.add_parser("grade", help="compare the responses in such a folder")
    action.add_argument("folder", type=Path, metavar="DIR")
    add_set_option(action)
    _add_outcome(action)
    action.set_defaults(execute=coded(grade))
    action = actions.add_parser("header", help="print fxcaps_dut.h, which a C library includes")
    action.set_defaults(execute=print_header)
    action = actions.add_parser("pin", help="write down a set's digest and revisions")
    add_set_option(action)
    action.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    action.set_defaults(execute=coded(pin))
    action = actions.add_parser("render", help="print a JSON report in another form")
    action.add_argument("report", type=Path, metavar="REPORT")
    action.add_argument("--to", choices=list(RENDERED), required=True)
    action.set_defaults(execute=coded(render))


def _add_run(actions: Any) -> None:
    action = actions.add_parser("run", help="ask a device and compare")
    _add_selection(action)
    device = action.add_mutually_exclusive_group(required=True)
    device.add_argument("--pipe", metavar="COMMAND", help="lines of text, one setup")
    device.add_argument("--exec", metavar="COMMAND", help="lines of JSON: hello, run, bye")
    device.add_argument("--library", type=Path, metavar="FILE", help="C behind fxcaps_dut.h")
    device.add_argument(
        "--bench", metavar="COMMAND", help="a simulation that reads a pack and writes dump.txt"
    )
    device.add_argument(
        "--python", metavar="MODULE:FUNCTION", help="a function; MODULE may be a .py file"
    )
    action.add_argument(
        "--lanes",
        action="append",
        default=[],
        metavar="[PORT:]N",
        help="of a bench: words of a beat, or `row`; may be repeated (default: 1)",
    )
    _add_timeout(action)
    action.add_argument("--shard", default="1/1", metavar="I/N", help="a part of the cases")
    _add_outcome(action)
    action.set_defaults(execute=coded(run))


def _add_timeout(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="for each reply (default: %(default)g)",
    )


def add_set_option(action: argparse.ArgumentParser) -> None:
    """Add the set of vectors, and the pin that it must be."""
    action.add_argument(
        "--set", metavar="DIR", help=f"of vectors (also: {VARIABLE}; default: {DEFAULT})"
    )
    action.add_argument("--pin", type=Path, metavar="FILE", help="the set must be the pinned one")


def _add_selection(action: argparse.ArgumentParser) -> None:
    action.add_argument("op", metavar="OP")
    action.add_argument("--profile", required=True, metavar="NAME", help="published, or by_...")
    action.add_argument("--setup", metavar="NAME", help="formats and shapes, where there are more")
    action.add_argument("--kind", choices=[kind.value for kind in Kind])
    action.add_argument("--tier", choices=[tier.value for tier in Tier])
    add_set_option(action)


def _add_outcome(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--no-reject", action="store_true", help="the device has no channel for rejections"
    )
    action.add_argument("--waivers", type=Path, metavar="FILE", help="cases that may differ")
    action.add_argument("--json", type=Path, metavar="FILE", help="write the report")
    action.add_argument("--junit", type=Path, metavar="FILE", help="likewise, for build servers")
    action.add_argument("--markdown", type=Path, metavar="FILE", help="likewise, for people")


class _BadSetError(Exception):
    """The vectors are what is wrong; the message is one line."""


def coded(execute: Callable[[argparse.Namespace], Code]) -> Callable[[argparse.Namespace], int]:
    """A command that ends with the code of conformance for vectors that are what is wrong."""

    def guarded(options: argparse.Namespace) -> int:
        try:
            return int(execute(options))
        except _BadSetError as error:
            print(f"fxcaps: {error}", file=sys.stderr)
            return int(Code.CORRUPT)

    return guarded


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """While vectors are read, what is wrong with a file is wrong with them."""
    try:
        yield
    except Rejection as rejection:
        if rejection.reason not in Code.CORRUPT.reasons:
            raise
        raise _BadSetError(str(rejection)) from None


def read_vectors(options: argparse.Namespace) -> VectorSet:
    """The set that the options name, which is the pinned one where they name a pin."""
    with reading():
        found = set_at(options.set)
        if options.pin is not None:
            check_pin(options.pin, found)
    return found


def _selected(options: argparse.Namespace, *, single: bool) -> Selection:
    found = read_vectors(options)
    shard = Shard.parse(getattr(options, "shard", "1/1"))
    with reading():
        return choose(
            found,
            op=options.op,
            profile=options.profile,
            kind=options.kind,
            tier=options.tier,
            setup=options.setup,
            single=single,
            shard=shard,
        )


def run(options: argparse.Namespace) -> Code:
    """Ask a device."""
    rejects = not options.no_reject
    waivers = _waivers(options)
    device: Device
    if options.python is not None:
        device = Function(_function(options.python), rejects=rejects)
    elif options.pipe is not None:
        command = _command("--pipe", options.pipe)
        device = Pipe(command, rejects=rejects, seconds=options.timeout)
    elif options.library is not None:
        device = Library(options.library, rejects=rejects, seconds=options.timeout)
    elif options.bench is not None:
        lanes = lanes_of(options.lanes)
        device = Bench(_command("--bench", options.bench), lanes=lanes, seconds=options.timeout)
    else:
        command = _command("--exec", options.exec)
        device = Executable(command, rejects=rejects, seconds=options.timeout)
    selection = _selected(options, single=options.pipe is not None)
    return reported(conduct(device, selection, waivers=waivers), options)


def _command(option: str, text: str) -> Sequence[str]:
    try:
        command = shlex.split(text)
    except ValueError as error:
        raise Misuse(f"{option}: {error}") from None
    if not command:
        raise Misuse(f"{option}: expected a command")
    return command


def check(options: argparse.Namespace) -> Code:
    """Compare the replies on the input."""
    waivers = _waivers(options)
    selection = _selected(options, single=True)
    device = Replies(_input(options.timeout), rejects=not options.no_reject)
    return reported(conduct(device, selection, waivers=waivers), options)


def _input(seconds: float) -> Iterator[str]:
    """The lines of the input, which must not be silent for longer."""
    try:
        place = sys.stdin.fileno()
    except io.UnsupportedOperation:  # no file: what another program put in its place
        return iter(sys.stdin)
    return lines_of(place, seconds)


def prompt(options: argparse.Namespace) -> Code:
    """Write questions."""
    selection = _selected(options, single=False)
    wanted = {name: getattr(options, name) for name in ("kind", "tier", "setup")}
    count = write_prompt(options.output, selection, wanted)
    print(f"{count} questions written to {options.output}")
    print(f"set_digest: {selection.set.digest}")
    return Code.CONFORMANT


def grade(options: argparse.Namespace) -> Code:
    """Compare responses."""
    waivers = _waivers(options)
    found = read_vectors(options)
    with reading():
        selection = prompted(options.folder, found)
    device = Folder(options.folder, selection, rejects=not options.no_reject)
    return reported(conduct(device, selection, waivers=waivers), options)


def print_header(options: argparse.Namespace) -> None:  # noqa: ARG001 - it has none
    """Print the header."""
    print(header(), end="")


def pin(options: argparse.Namespace) -> Code:
    """Write a pin."""
    found = read_vectors(options)
    write_pin(options.output, found)
    print(f"set_digest: {found.digest}")
    return Code.CONFORMANT


def render(options: argparse.Namespace) -> Code:
    """Print a report in another form."""
    data = read_json(options.report, KIND, VERSION)
    try:
        text = RENDERED[options.to](data)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise Misuse(f"{options.report}: not a whole report ({error!r})") from None
    print(text, end="")
    return Code.CONFORMANT


def _waivers(options: argparse.Namespace) -> list[Waiver]:
    return read_waivers(options.waivers) if options.waivers else []


def _function(text: str) -> Implementation:
    """The function that `MODULE:FUNCTION` names."""
    place, colon, name = text.rpartition(":")
    if not colon or not place:
        raise Misuse(f"--python: expected MODULE:FUNCTION, found {text!r}")
    try:
        found = getattr(_module(place), name)
    except Exception as error:  # noqa: BLE001 - a module can fail in any way
        raise Misuse(f"--python: {type(error).__name__}: {error}") from None
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
