"""The page, made of the results alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]

TYPES = 32
"""Of the whole network."""

MAIN = "accuracy"
"""The criterion of the first table."""

INTRODUCTION = """\
# Pruned ShallowCaps

What ShallowCaps on MNIST costs and keeps when primary capsule types are removed: 100, 75, 50, 25 and 12.5 % of its 32 types stay, as a smaller dense network and not as a mask, in floats and in words of 8 bits.
Nothing is trained after the removal: these are the accuracies from which fine-tuning would start.
One command makes this page and its figure from [pruning.json](pruning.json), which it measures; what stands there is not measured again, and without the file all is:

```sh
python -m benchmarks.pruning
```

It takes about an hour on two cores; MNIST is looked for in `--data DIR` or `FXCAPS_DATA`.
The network is [models/shallowcaps-mnist](../models/README.md).
`fxcaps prune` does the same for one network.

![Accuracy and cost of ShallowCaps by the share of its types](pruning.png)

## What is removed

A type is 8 output channels of the primary convolution with their biases, and the matrices of its 36 capsules to the ten class capsules.
Without them the network computes what it computes with all of these weights at zero: to 1e-12 in float64, and word for word where the formats are the same, which tests show.
The first convolution stays whole.
In the network of Sabour's code, whose primary sums are divided by the number of types, they are still divided by 32.

## What is kept

Types chosen by `{main}` on the 250 embedded calibration digits, MNIST training images on which the network was not trained.
The same digits calibrate the formats of each pruned network (rule `minmax`, profile `fxcaps-hardware`).
Accuracies are those of {images} MNIST test images; those of the whole network stand on its card.

"""

COSTS = """\
Weights and activations are those of one image, every named tensor of the Program included.
Time is processor time relative to the whole network: the median, and in brackets the smallest and the largest ratio, of {rounds} rounds, each of which runs all networks one after the other on {batch} images.
On the machine that made this page, with other work beside it, the whole network took {floats} ms an image in floats and {words} ms in words.

"""

CRITERIA = """\
## Criteria

Accuracies on the first {count} MNIST test images, floats / 8 bits:

"""

EXPLAINED = """\

| criterion | a type's worth | computed from |
|---|---|---|
| `norm` | L2 norm of all trained weights that go with it: convolution, biases and matrices | the weights |
| `activity` | mean length of its capsules | 250 digits |
| `routing` | coupling times vote of its capsules, along the sum of the winning class capsule, in the last iteration | 250 digits |
| `accuracy` | images that are right without it; types go one by one, each time the one whose absence leaves most images right, and among equals the largest mean margin of the labelled class | 250 digits and labels; 518 routings of each digit for 28 types |

With 24 types `norm`, `routing` and `accuracy` are two images of 1,000 apart.
With fewer `accuracy` keeps most without retraining: it alone ranks types anew after each removal, and so sees how they stand in for each other.
It is what `fxcaps prune` uses unless told otherwise.
`norm`, which needs no images, comes next; `activity` fails with few types, as the longest capsules are not those that tell classes apart.

## Types in the order in which they go

"""


def page(results: dict[str, Any]) -> str:
    """The text of `docs/pruning.md`."""
    rows: list[Row] = results["rows"]
    main = _of(rows, MAIN)
    count = min(row["test"]["images"] for row in main)
    images = "all 10,000" if count == 10_000 else f"the first {count:,}"
    parts = [INTRODUCTION.format(main=MAIN, images=images), _kept(main)]
    parts += ["\n", _times_note(results), _costs(main, results["times"])]
    compared = min(row["compared"]["images"] for row in rows)
    parts += ["\n", CRITERIA.format(count=f"{compared:,}"), _criteria(rows), EXPLAINED]
    parts.append(_orders(results["rankings"]))
    made = ", ".join(f"{name} {version}" for name, version in results["made_with"].items())
    parts.append(f"\nMeasured with {made}.\n")
    return "".join(parts)


def _of(rows: Iterable[Row], criterion: str) -> list[Row]:
    """The rows of a criterion, the whole network first."""
    return sorted((r for r in rows if r["criterion"] == criterion), key=lambda row: -row["keep"])


def _kept(rows: Sequence[Row]) -> str:
    head = ["types", "share", "accuracy, floats %", "accuracy, 8 bits %", "types kept"]
    body = []
    for row in rows:
        share = f"{100 * row['keep'] / TYPES:g} %"
        found = [percent(row["test"], kind) for kind in ("floats", "words")]
        kept = "all" if row["keep"] == TYPES else ", ".join(map(str, row["types"]))
        body.append([str(row["keep"]), share, *found, kept])
    return _table(head, body)


def percent(found: Row, kind: str) -> str:
    """Share of the images that are right."""
    return f"{100 * found[kind] / found['images']:.2f}"


def _times_note(results: dict[str, Any]) -> str:
    whole = next(row for row in results["times"] if row["keep"] == TYPES)
    return COSTS.format(
        rounds=whole["rounds"],
        batch=whole["images"],
        floats=f"{whole['floats']['milliseconds']:.1f}",
        words=f"{whole['words']['milliseconds']:.1f}",
    )


def _costs(rows: Sequence[Row], times: Sequence[Row]) -> str:
    head = ["types", "capsules", "parameters", "multiply-accumulates", "weights, float32 kB"]
    head += ["weights, 8 bits kB", "activations, 8 bits kB", "time, floats", "time, 8 bits"]
    by_keep = {row["keep"]: row for row in times}
    body = []
    for row in rows:
        timed = by_keep[row["keep"]]
        body.append(
            [
                str(row["keep"]),
                *(f"{row[name]:,}" for name in ("capsules", "parameters", "macs")),
                f"{4 * row['parameters'] / 1000:,.1f}",
                *(f"{row[name] / 8000:,.1f}" for name in ("weight_bits", "activation_bits")),
                *(_ratio(timed[kind]) for kind in ("floats", "words")),
            ]
        )
    return _table(head, body)


def _ratio(timed: Row) -> str:
    return f"{timed['ratio']:.2f} ({timed['least']:.2f} to {timed['largest']:.2f})"


def _criteria(rows: Sequence[Row]) -> str:
    counts = sorted({row["keep"] for row in rows}, reverse=True)
    head = ["criterion", *(f"{count} types" for count in counts)]
    whole = _of(rows, MAIN)[0]
    body = []
    for name in dict.fromkeys(["norm", "activity", "routing", MAIN]):
        by_keep = {row["keep"]: row for row in _of(rows, name)} | {whole["keep"]: whole}
        body.append([f"`{name}`", *(_pair(by_keep.get(count)) for count in counts)])
    return _table(head, body)


def _pair(row: Row | None) -> str:
    if row is None:
        return "not measured"
    return " / ".join(percent(row["compared"], kind) for kind in ("floats", "words"))


def _orders(rankings: Sequence[Row]) -> str:
    head = ["criterion", "types, the first to go first"]
    body = [[f"`{row['criterion']}`", ", ".join(map(str, row["removal"]))] for row in rankings]
    return _table(head, body)


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
