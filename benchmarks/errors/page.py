"""The page, made of the results alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fxcaps.ops import OPERATIONS, Parameters, SquashExp, SquashNorm, SquashPow2
from fxcaps.ops.cost import Multiplications
from fxcaps.ops.squash_reconstruction import SquashShiftReconstruction

Row = dict[str, Any]

NETWORKS = {"mnist-small": "mnist-small", "shallowcaps": "ShallowCaps"}

RECONSTRUCTED: tuple[type[Parameters], ...] = (
    SquashExp,
    SquashNorm,
    SquashPow2,
    SquashShiftReconstruction,
    *(cls for cls in OPERATIONS["softmax"].algorithms if cls.algorithm in ("b2", "lnu", "taylor")),
)
"""Algorithms whose formulas are known at second hand; marked in the tables."""

INTRODUCTION = """\
# Errors, costs and accuracies of the algorithms

For each algorithm of squash, softmax, sigmoid, isqrt and divide: its worst and mean error in
words, what it costs in hardware, and what a network loses with it.

This page is made by one command, from [errors.json](errors.json) and
[errors-accuracy.json](errors-accuracy.json), which hold all the numbers, the worst inputs and the
SHA-256 of the parameters. To repeat it:

```sh
python -m benchmarks.errors
```

It takes about half an hour on two cores; `--quick` takes a minute and leaves out 10 bits and more,
long searches and networks. ShallowCaps needs its weights and MNIST its files: `--data DIR`, or
`FXCAPS_DATA`. Accuracies that stand in the file are not measured again; delete it to start over.

## How to read it

- An error is the difference to the reference in output words (units of the last place), absolute,
  for each component. The reference is `exact` with the same rounding, to nearest with ties
  upwards; for isqrt, which floors, it is the root rounded to nearest.
- *Worst / mean*: the mean is over all components of all vectors of the set. Where a set is too
  large, random vectors of all magnitudes give the mean, and a seeded search from the worst of them
  a worst case; the true worst case is not below it. Numbers of a search are in *italics*.
- Each worst case was confirmed by the specification. Its input stands in a list below.
- Parameters are those that each algorithm's `fit` gives for the formats. It limits a table to
  1,024 entries of 16 bits or a little more, one block of memory: tables serve 8 bits well, and no
  longer 16.
- Costs are stated by the parameter classes, for one vector: products with the bits of their
  operands, `16 x 8·8`, by the number that a vector needs, however many multipliers share them;
  bits of tables; cycles of a divider that makes one bit a cycle, over all divisions of a vector,
  and of such a root. Additions, comparisons, shifts and the search for a leading one are not
  counted. `exact` is a reference, for which no circuit is stated.
- Formats: {formats}
- An algorithm with an asterisk is a reconstruction of one that is known at second hand.
"""

ACCURACY = """\
Accuracies are those of MNIST test images at 8 bits for every word, calibrated on 250 training
images: {networks}. Where squash changes, softmax is `lut`; where softmax changes, squash is
`isqrt_divide`. With n images, a difference below about {noise} is within what a few images make.
`constant` is equal coupling in all iterations, so that nothing is routed.
"""

NOTES = {
    "squash": "The first parts of the vectors' range matter most to a network: squashed "
    "components of later layers rarely exceed 1.",
    "softmax": "`b2` computes powers of two in place of exponentials, so that its error is "
    "mostly that of another function.",
    "sigmoid": "No classifying network has a sigmoid, so that there are no accuracies.",
    "isqrt": "A floor is at most one word below the root rounded to nearest, and half a word on "
    "average. No network has a root as a step of its own, so that there are no accuracies.",
    "divide": "A quotient by zero saturates, for both algorithms alike. `reciprocal` has a "
    "reciprocal of as many bits as cost a quarter step, `reciprocal, narrow` one as wide as the "
    "divisor, which is 4 at the most. No network has a quotient as a step of its own, so that "
    "there are no accuracies.",
}


def page(results: dict[str, Any], accuracies: Sequence[Row]) -> str:
    """The text of `docs/errors.md`."""
    rows: list[Row] = results["rows"]
    operations = list(dict.fromkeys(row["operation"] for row in rows))
    parts = [INTRODUCTION.format(formats=_formats(rows, operations))]
    parts.append(_accuracy_note(accuracies))
    parts += [
        _section(name, [r for r in rows if r["operation"] == name], accuracies)
        for name in operations
    ]
    made = ", ".join(f"{name} {version}" for name, version in results["made_with"].items())
    parts.append(f"Errors measured with {made}.\n")
    return "\n".join(parts)


def _formats(rows: Sequence[Row], operations: Sequence[str]) -> str:
    shown = []
    for name in operations:
        formats = next(r["formats"] for r in rows if r["operation"] == name and r["width"] == 8)
        inputs = " and ".join(f for port, f in formats.items() if port != "out")
        shown.append(f"{name} {inputs} to {formats['out']}")
    return (
        f"at 8 bits {', '.join(shown)}, for squash and softmax those that the\n"
        "  quantiser gives the last routing iteration of mnist-small; other widths have the same "
        "ranges."
    )


def _accuracy_note(accuracies: Sequence[Row]) -> str:
    counts = {row["network"]: row["images"] for row in accuracies}
    networks = ", ".join(
        f"{shown} on the first {counts[name]:,} of 10,000"
        if name in counts
        else f"{shown} not measured, as its weights were not at hand"
        for name, shown in NETWORKS.items()
    ).replace("the first 10,000 of 10,000", "all 10,000")
    floats = [row for row in accuracies if not row["operation"]]
    base = ", ".join(f"{NETWORKS[row['network']]} {row['accuracy']:.2f} %" for row in floats)
    text = ACCURACY.format(networks=networks, noise="0.1 points")
    return text + (f"The float networks: {base}.\n" if base else "")


def _section(operation: str, rows: Sequence[Row], accuracies: Sequence[Row]) -> str:
    parts = [f"## {operation}\n", f"{NOTES[operation]}\n"]
    parts.append(f"![Errors of {operation}](errors-{operation}.png)\n")
    parts.append(_costs(operation, rows, accuracies))
    for dim, every in dict.fromkeys((row["dim"], row["every"]) for row in rows):
        chosen = [row for row in rows if (row["dim"], row["every"]) == (dim, every)]
        parts.append(_errors(chosen, dim, every=every))
    parts.append(_worst(rows))
    return "\n".join(parts)


def _costs(operation: str, rows: Sequence[Row], accuracies: Sequence[Row]) -> str:
    dim = max(row["dim"] for row in rows)
    at = [row for row in rows if row["width"] == 8 and row["dim"] == dim]
    words = {"squash": f"a vector of {dim} components", "softmax": f"{dim} logits"}
    networks = NETWORKS if any(row["operation"] == operation for row in accuracies) else {}
    head = ["algorithm", "worst / mean", "products", "table bits", "divider cycles", "root cycles"]
    head += [f"{shown} %" for shown in networks.values()]
    body = []
    for row in at:
        found = [_accuracy(accuracies, name, row) for name in networks]
        body.append([_label(row), _error(row), *_cost(row["cost"]), *found])
    return f"For {words.get(operation, 'one word')} at 8 bits:\n\n{_table(head, body)}"


def _cost(cost: Row | None) -> list[str]:
    if cost is None:
        return ["-"] * 4
    products = [
        Multiplications(one["count"], (one["widths"][0], one["widths"][1]))
        for one in cost["multiplications"]
    ]
    numbers = (cost[name] for name in ("table_bits", "divider_cycles", "root_cycles"))
    return [", ".join(map(str, products)) or "0", *(f"{number:,}" for number in numbers)]


def _accuracy(accuracies: Sequence[Row], network: str, row: Row) -> str:
    wanted = network, row["operation"], row["algorithm"]
    for found in accuracies:
        if (found["network"], found["operation"], found["algorithm"]) == wanted:
            return f"{found['accuracy']:.2f}"
    return "not measured"


def _errors(rows: Sequence[Row], dim: int, *, every: bool) -> str:
    widths = list(dict.fromkeys(row["width"] for row in rows))
    labels = list(dict.fromkeys(_label(row) for row in rows))
    by_place = {(_label(row), row["width"]): _error(row) for row in rows}
    words = "words" if dim == 1 else f"vectors of {dim} words"
    first = rows[0]
    if len(first["input"]) > 1:
        words = "pairs of words"
    title = f"All {words}:" if every else f"V{words[1:]}, by search:"
    body = [[label, *(by_place[label, width] for width in widths)] for label in labels]
    return f"{title}\n\n{_table(['algorithm', *(f'{width} bits' for width in widths)], body)}"


def _error(row: Row) -> str:
    mean = row["total"] / row["words"]
    text = f"{row['worst']:,} / {_mean(mean)}"
    return text if row["every"] else f"*{text}*"


def _mean(mean: float) -> str:
    return f"{mean:.3g}" if mean < 100 else f"{mean:,.0f}"


def _label(row: Row) -> str:
    reconstructed = (row["operation"], row["algorithm"]) in {
        (cls.operation, cls.algorithm) for cls in RECONSTRUCTED
    }
    return f"`{row['label']}`" + (" *" if reconstructed else "").replace("*", "\\*")


def _worst(rows: Iterable[Row]) -> str:
    head = ["algorithm", "formats", "input", "its words", "reference", "error"]
    body = []
    for row in rows:
        if row["worst"]:
            formats = [f for port, f in row["formats"].items() if port != "out"]
            text = f"{', '.join(formats)} to {row['formats']['out']}"
            given = "; ".join(_words(words) for words in row["input"].values())
            shown = [_words(row["output"]), _words(row["reference"]), f"{row['worst']:,}"]
            body.append([_label(row), text, given, *shown])
    return (
        f"<details><summary>The worst inputs, in words</summary>\n\n{_table(head, body)}\n"
        "</details>\n"
    )


def _words(words: Sequence[int]) -> str:
    return " ".join(map(str, words))


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
