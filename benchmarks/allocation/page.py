"""The page, made of the results alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]

INTRODUCTION = """\
# Methods of allocation side by side

Every method on the same trained network, with the same images, tolerance and number system (profile `fxcaps-hardware`, rule `minmax`, a format for every tensor).
One command makes this page and its figure from [allocation-methods.json](allocation-methods.json), which it measures; what stands there is not measured again:

```sh
python -m benchmarks.allocation
```

Formats are calibrated on 250 digits and every method searches on the same 2,000 others, all of them MNIST training images that the networks were not trained on.
The 10,000 test images are run once, with the answer; the loss against the floats is given with its paired 95 % interval (Agresti and Min).
Reductions are against 32-bit floats, all named tensors of the Program counted. Executed multiply-accumulates (MACs) are those of the whole search, early stopping and reuse included.
The three progressive methods are reconstructions; on networks whose blocks have one layer each, `progressive-block` is `progressive-layer` and is not repeated.

![Weights, activations and executed multiply-accumulates by method](allocation-methods.png)
"""

EXPLAINED = """\

`optimal` spends the tolerance on weights first, and on activations what is left; Q-CapsNets without a budget leaves activations alone. With a budget both give what is left to activations.
All methods end where the validation images just allow it, and what is chosen by 2,000 images does not hold to the digit on others: a method that asks more questions, or comes closer to the bound, loses more on the test images than the tolerance says. The intervals show it. More validation images are the remedy, and a tolerance that leaves room for it.
"""


def page(results: dict[str, Any]) -> str:
    """The text of `docs/allocation-methods.md`."""
    rows: list[Row] = results["rows"]
    parts = [INTRODUCTION]
    for network in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == network]
        parts.append(f"\n## {network}\n\n")
        parts.append(_table(_HEAD, map(_cells, sorted(own, key=_order))))
    parts.append(EXPLAINED)
    parts.append(_verdicts(rows))
    made = ", ".join(f"{name} {version}" for name, version in results["made_with"].items())
    parts.append(f"\nMeasured with {made}.\n")
    return "".join(parts)


_HEAD = (
    "tolerance, points",
    "method",
    "weights",
    "activations",
    "validation, right (needed)",
    "test %",
    "loss on test, points",
    "evaluations",
    "10^9 MACs",
    "CPU s",
)


def _order(row: Row) -> tuple[float, int, str]:
    return float(row["tolerance"]), row["budget"] or 0, row["method"]


def _cells(row: Row) -> list[str]:
    budget = f", {row['budget']} bits a weight" if row["budget"] else ""
    low, high = row["test_loss"]
    return [
        row["tolerance"],
        f"`{row['method']}`{budget} ({row['outcome']})",
        f"{row['weights']:.3f}x",
        f"{row['activations']:.3f}x",
        f"{row['validation']} ({row['needed']})",
        f"{100 * row['test'] / row['test_images']:.2f}",
        f"{low:.2f} to {high:.2f}",
        str(row["evaluations"]),
        f"{row['macs'] / 1e9:.1f}",
        f"{row['seconds']:.0f}",
    ]


def _verdicts(rows: Sequence[Row]) -> str:
    """Where `optimal` needs no more weights, and for equal weights no more activations."""
    lines = []
    for row in sorted((r for r in rows if r["method"] == "optimal"), key=_order):
        others = [
            r
            for r in rows
            if r["method"] != "optimal"
            and all(r[key] == row[key] for key in ("network", "tolerance", "budget"))
        ]
        if not others:
            continue
        budget = f", {row['budget']} bits a weight" if row["budget"] else ""
        text = "; ".join(_verdict(row, other) for other in others)
        lines.append(f"- {row['network']}, {row['tolerance']} points{budget}: {text}.\n")
    return "\n`optimal` beside each other method:\n\n" + "".join(lines) if lines else ""


def _verdict(row: Row, other: Row) -> str:
    if row["budget"]:
        fewer = row["activation_bits"] <= other["activation_bits"]
        what = f"{100 * row['activation_bits'] / other['activation_bits']:.1f} % of the activations"
    else:
        fewer = row["weight_bits"] <= other["weight_bits"]
        what = f"{100 * row['weight_bits'] / other['weight_bits']:.1f} % of the weights"
    word = "" if fewer else ", which is more"
    macs = f"{100 * row['macs'] / other['macs']:.0f} % of the MACs"
    return f"{what}{word} and {macs} of `{other['method']}`"


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
