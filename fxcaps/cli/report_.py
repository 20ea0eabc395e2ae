"""fxcaps report: a certificate as one page of HTML that needs nothing else."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps.allocate import Certificate
from fxcaps.cli.html import page
from fxcaps.cli.inputs import Misuse
from fxcaps.network.files import written_beside
from fxcaps.types import Reason, Rejection


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("report", help="a page of a certificate of fxcaps allocate")
    parser.add_argument("certificate", type=Path, metavar="CERTIFICATE")
    parser.add_argument(
        "--against", type=Path, metavar="OTHER", help="another certificate of the same network"
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="PAGE.html")
    parser.add_argument("--png", type=Path, metavar="DIR", help="the figures as files, too")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Read, draw, write."""
    certificate = Certificate.load(options.certificate)
    other = None if options.against is None else Certificate.load(options.against)
    if other is not None:
        _check(certificate, other, options)
    try:
        from fxcaps.plots.allocation import (  # noqa: PLC0415 - needs matplotlib, an extra
            allocation_figures,
            save_figures,
            to_svg,
        )
    except ModuleNotFoundError:
        raise Misuse("fxcaps report draws with matplotlib: pip install fxcaps[plots]") from None
    figures = allocation_figures(certificate.content, other.content if other else None)
    text = page(certificate, other, {name: to_svg(figure) for name, figure in figures.items()})
    with written_beside(options.output) as partial:
        partial.write_text(text, encoding="utf-8")
    print(f"written to {options.output}")
    if options.png is not None:
        options.png.mkdir(parents=True, exist_ok=True)
        save_figures(figures, options.png)
        print(f"{len(figures)} figures written to {options.png}")


def _check(one: Certificate, other: Certificate, options: argparse.Namespace) -> None:
    own, theirs = (found.content["basis"]["network"] for found in (one, other))
    if own != theirs:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{options.against}: is of the network {theirs[:16]}, {options.certificate} of "
            f"{own[:16]}; compare certificates of one network",
        )
