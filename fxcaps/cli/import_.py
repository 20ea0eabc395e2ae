"""fxcaps import: weights of other code become the file of a Network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps.cli import report
from fxcaps.importers import CONTAINERS, LAYOUTS, Choices, Fact, Imported, import_file
from fxcaps.network import parameters, save_network


def add_to(commands: Any) -> None:
    """Declare the command."""
    lists = [
        f"{title}:\n" + "\n".join(f"  {entry.name:20} {entry.title}" for entry in entries)
        for title, entries in (("containers", CONTAINERS.values()), ("layouts", LAYOUTS.values()))
    ]
    parser = commands.add_parser(
        "import",
        help="turn weights of PyTorch, Keras, safetensors or NumPy into a network",
        epilog="\n\n".join(lists),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, metavar="FILE", help="of weights")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="NETWORK.npz")
    parser.add_argument("--container", metavar="NAME", help="kind of file (default: by content)")
    parser.add_argument("--layout", metavar="NAME", help="of the tensors (default: by their names)")
    parser.add_argument(
        "--image", type=_image, metavar="HxW", help="rows and columns (default: 28x28 or 32x32)"
    )
    parser.add_argument(
        "--strides",
        type=_strides,
        metavar="N,N,...",
        help="of each convolution, the primary capsules' last (default: 1, then 2)",
    )
    parser.add_argument("--iterations", type=int, metavar="N", help="of routing (default: 3)")
    parser.add_argument("--name", metavar="NAME", help="of the network")
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="PATTERN",
        help="leave tensors out whose names match; may be given again",
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Read, arrange, write the Network, say what was decided and what moved where."""
    choices = Choices(
        name=options.name,
        image=options.image,
        strides=options.strides,
        iterations=options.iterations,
    )
    made = import_file(
        options.source,
        container=options.container,
        layout=options.layout,
        choices=choices,
        ignore=options.ignore,
    )
    save_network(made.network, options.output)
    print(report.table(["what", "value", "from"], _facts(made), text=True))
    print()
    print(report.table(["tensor", "shape", "in the network", "shape"], _moves(made), text=True))
    total = sum(parameters(made.network).values())
    print(f"\nNetwork {made.network.name} ({total:,} parameters) written to {options.output}")


def _facts(made: Imported) -> list[list[str]]:
    """What was decided; tensors left out by one pattern are counted on one line."""
    left: dict[str, list[str]] = {}
    facts: list[Fact] = []
    for fact in made.facts:
        if fact.what == "left out":
            left.setdefault(fact.origin, []).append(fact.value)
        else:
            facts.append(fact)
    for origin, names in left.items():
        value = names[0] if len(names) == 1 else f"{len(names)} tensors"
        facts.append(Fact("left out", value, origin))
    return [[_printable(text) for text in fact] for fact in facts]


def _moves(made: Imported) -> list[list[str]]:
    return [
        [
            _printable(move.source),
            "x".join(map(str, move.shape)),
            move.target,
            "x".join(map(str, move.made)),
        ]
        for move in made.moves
    ]


def _printable(text: str) -> str:
    """Names of a file as they are, or escaped where they could command a terminal."""
    return text if text.isprintable() else repr(text)


def _image(text: str) -> tuple[int, int]:
    rows, _, columns = text.partition("x")
    try:
        return int(rows), int(columns)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected ROWSxCOLUMNS, found {text!r}") from None


def _strides(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected N,N,..., found {text!r}") from None
