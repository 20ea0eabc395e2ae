"""Entry point: parse, run one command, turn every refusal into one line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import fxcaps
from fxcaps.cli import (
    allocate,
    compare,
    conform,
    datasets,
    demo,
    diagnose,
    explain,
    export,
    import_,
    info,
    profile,
    prune,
    quantize,
    ranges,
    report_,
    repro,
    run,
    vectors,
    warmup,
)
from fxcaps.cli.inputs import Misuse
from fxcaps.ops import load_plugins
from fxcaps.types import Rejection

_COMMANDS = (
    demo,
    quantize,
    run,
    info,
    ranges,
    diagnose,
    compare,
    explain,
    export,
    profile,
    prune,
    allocate,
    report_,
    datasets,
    import_,
    vectors,
    conform,
    repro,
    warmup,
)

OK, DIFFERENT, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes; argparse, too, exits with 2 on a wrong command line."""


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="fxcaps",
        description="Capsule networks in fixed-point integers, bit for bit.",
    )
    top.add_argument("--version", action="version", version=f"fxcaps {fxcaps.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    for line in load_plugins():
        print(f"fxcaps: not loaded: {line}", file=sys.stderr)
    options = parser().parse_args(arguments)
    try:
        result = options.execute(options)
        sys.stdout.flush()
    except Rejection as rejection:
        print(f"fxcaps: {rejection}", file=sys.stderr)
        return REFUSED
    except Misuse as misuse:
        print(f"fxcaps: {misuse}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("\nfxcaps: interrupted; files are whole or absent", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()  # the reader has gone (`| head`): nothing is wrong
    except OSError as error:
        # What no command foresees of a file system: names too long, directories closed to us.
        print(f"fxcaps: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        if error.filename is None:
            _drop_output()
        return REFUSED
    else:
        return result if type(result) is int else DIFFERENT if result is False else OK
    return OK


def _drop_output() -> None:
    """Send to nowhere what Python still holds of an output that takes nothing more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
