"""The page, made of the results alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fxcaps.ops import OPERATIONS
from fxcaps.ops.cost import Multiplications

Row = dict[str, Any]

NETWORKS = {"mnist-small": "mnist-small", "shallowcaps": "ShallowCaps"}

INTRODUCTION = """\
# Errors, costs and accuracies of the algorithms

For each algorithm of squash, softmax, sigmoid, isqrt and divide: its worst and mean error in words, what it costs in hardware, and what a network keeps of its accuracy with it.
One command makes this page and its figures from [errors.json](errors.json) and [errors-accuracy.json](errors-accuracy.json), which it measures:

```sh
python -m benchmarks.errors
```

It takes about half an hour on two cores, most of it for ShallowCaps.
`--quick --output DIR` takes a minute: no more than 8 bits, short searches, no networks.
MNIST and the weights of ShallowCaps are looked for in `--data DIR` or `FXCAPS_DATA`.
Accuracies that stand in the file are not measured again; without the file, all are.

## How to read it

- An error is the difference to the reference in output words, units of the last place, absolute, of one component.
  The reference is `exact` with the same rounding, to nearest with ties upwards; for isqrt, which floors, it is the root rounded to nearest.
- *Worst / mean*: the mean is over all components of all vectors of the set.
  Numbers in *italics* are of sets too large to go through: the mean is that of 65,536 random vectors of all magnitudes, dense and sparse, and the worst error is the largest that a seeded search found from the worst of them, so that the true one is at least as large.
- The specification confirmed each worst error; the inputs stand in a list at the end of each section.
- Parameters are those that each algorithm's `fit` gives for the formats; errors.json has the SHA-256 of each, and the cost at every width.
  `fit` limits a table to 1,024 entries of about 16 bits, one block of memory, so that the error of a table grows in words beyond 10 bits.
- Costs are stated by the parameter classes, for one vector.
  Products are given by number and bits of their operands, `16 x 8·8`, however many multipliers share them; a divider and a root make one bit a cycle, and their cycles are those of all divisions and roots of the vector.
  Additions, comparisons, shifts and the search for a leading one are not counted.
  `exact` of squash, softmax and sigmoid is a reference, for which no circuit is stated.
- An algorithm marked \\* is a reconstruction of one that is known at second hand.
- {formats}
"""

ACCURACY = """\
- Accuracies are those of MNIST test images with 8 bits for every word, calibrated on 250 training images: {networks}.
  Where squash changes, softmax is `lut`; where softmax changes, squash is `isqrt_divide`.
  `constant` is equal coupling in all iterations, so that nothing is routed.
"""

NOTES = {
    "squash": "`isqrt_divide` and `isqrt_factor` keep their error at every width, as root and "
    "factor grow with the words; tables do not. `q7` has the published modes, toward zero, and "
    "floors norm and divisor to steps of the input.",
    "softmax": "`b2` computes powers of two in place of exponentials, so that its error is "
    "mostly that of another function. `constant` ignores the logits. `q7` is base 2 on the words "
    "of the logits as integers, whatever their fraction, which here is another function "
    "altogether: its couplings are all or nothing.",
    "sigmoid": "No step of these networks is a sigmoid, so that there are no accuracies.",
    "isqrt": "A floor is at most one word below the root rounded to nearest, and is below it for "
    "about every other word. No step of these networks is a root alone, so that there are no "
    "accuracies.",
    "divide": "`reciprocal` has as many bits as keep the reciprocal's rounding within a quarter "
    "of an output step; `reciprocal, narrow` is as wide as the divisor and holds no reciprocal "
    "above 8. A quotient by zero saturates, for all alike. No step of these networks is a "
    "quotient alone, so that there are no accuracies.",
}


def page(results: dict[str, Any], accuracies: Sequence[Row]) -> str:
    """The text of `docs/errors.md`."""
    rows: list[Row] = results["rows"]
    operations = list(dict.fromkeys(row["operation"] for row in rows))
    head = INTRODUCTION.format(formats=_formats(rows, operations))
    parts = [head + _accuracy_note(accuracies)]
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
        f"Formats at 8 bits: {', '.join(shown)}; other widths have the same ranges.\n"
        "  Those of squash and softmax are what the quantiser gives the last routing iteration of "
        "mnist-small."
    )


def _accuracy_note(accuracies: Sequence[Row]) -> str:
    counts = {row["network"]: row["images"] for row in accuracies}
    networks = ", ".join(
        f"{shown} on the first {counts[name]:,} of 10,000"
        if name in counts
        else f"{shown} not measured, as weights or images were not at hand"
        for name, shown in NETWORKS.items()
    ).replace("the first 10,000 of 10,000", "all 10,000")
    floats = [row for row in accuracies if not row["operation"]]
    base = ", ".join(f"{NETWORKS[row['network']]} {row['accuracy']:.2f} %" for row in floats)
    text = ACCURACY.format(networks=networks)
    return text + (f"  In float64: {base}.\n" if base else "")


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
    if len(rows[0]["input"]) > 1:
        words = "pairs of words"
    title = f"All {words}:" if every else f"{words.capitalize()}, by search:"
    body = [[label, *(by_place[label, width] for width in widths)] for label in labels]
    return f"{title}\n\n{_table(['algorithm', *(f'{width} bits' for width in widths)], body)}"


def _error(row: Row) -> str:
    mean = row["total"] / row["words"]
    text = f"{row['worst']:,} / {_mean(mean)}"
    return text if row["every"] else f"*{text}*"


def _mean(mean: float) -> str:
    return f"{mean:.3g}" if mean < 100 else f"{mean:,.0f}"


def _label(row: Row) -> str:
    docs = {cls.algorithm: cls.__doc__ or "" for cls in OPERATIONS[row["operation"]].algorithms}
    mark = " \\*" if "a reconstruction" in docs[row["algorithm"]].lower() else ""
    return f"`{row['label']}`{mark}"


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
