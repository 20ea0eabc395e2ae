"""The table and the page, made of the results alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from benchmarks.speed.row import Kind

Row = dict[str, Any]

INTRODUCTION = """\
# Speed

How fast the bit-exact engine is beside the programs that a user would otherwise run, and what it costs to start it and to feed it.
One command measures both sides in one process, in turn, and makes this page, [speed.json](speed.json) and the figure:

```sh
pip install "fxcaps[benchmarks]"
python -m benchmarks.speed --json docs/speed.json --page docs/speed.md --plot docs/speed.png
```

A row alone: `--only matrix8`; the other rows of the JSON file stay.
`--threads N` is of both sides; rows of each number of threads stand side by side in the file.
`--quick` runs small work once: it shows that every row runs, and its numbers mean nothing.

## How to read it

- A ratio is the peer's time over ours: 2.0 is twice as fast as the peer.
  Each round times ours, then theirs; the ratio is the median of the rounds' ratios, with the least and the largest behind it.
  *By processor* is the same of processor time, which leaves out what other programs took from the two; it is given for one thread.
- Milliseconds are medians of one call; the work of a call stands in the notes below the table, with how the results of both sides were compared.
  A row whose sides should be equal and are not is an error, not a number.
- Ours is the engine with everything it does: it counts rounded and saturated words and finds the first of them, which no peer does.
  The convolutions get their words as a Program holds them between two steps; ShallowCaps starts from pixels.
- Both sides have their weights packed before the first round, where the peer has a way to do so; `_int_mm` has none.
- The machine does other work meanwhile; *load* is the number of processes that wanted a core on the average of the last minute before the row ended, on {cores} cores.
  Milliseconds of rows measured under different loads do not compare; ratios do, roughly.
- Rows may come from several runs of the command, some from before later changes of the engine; both sides of a row are always of one run.
  For numbers of one version and one run, start without the JSON file.
- A row whose sides are counted, not timed, has no milliseconds.
  The published C of Q7-CapsNets is not run: its row compares with what it took elsewhere, so that only its processor time means something on a busy machine.
- Q-CapsNets' scheme is rebuilt with the fastest operations known to us (one batched product for all votes, truncation in place); its authors' code is slower, and not what is timed.
- `matrix8-ceiling` is no peer but a bound: the vector instruction on words that stay in the first-level cache.
  What is between it and `matrix8` is what memory costs; what it makes of ShallowCaps' convolutions bounds every ratio of that network from above.
- A gap is a row that was not measured, with the reason.

## What runs how

Products whose sums provably fit 32 bits take the widest vector instruction that the processor has, and become words in the same pass.
Softmax `lut` and `q7` and squash `isqrt_divide` and `q7` of words up to 16 bits lay vectors side by side, one a lane.
A routing whose parts are all of these runs image by image, up to four iterations, so that its votes stay in cache; any other routing runs part by part for the whole batch, with the same words and events.
"""

GROWTH = """
## Growth

![Cost of an image over batch, width and size of the network](speed.png)

Processor time of one image on one thread, the least of several rounds.
"""


def page(results: Row) -> str:
    """The text of `docs/speed.md`."""
    machine = results["machine"]
    parts = [INTRODUCTION.format(cores=machine["cores"])]
    rows: list[Row] = results["rows"]
    for threads in sorted({row["threads"] for row in rows}):
        chosen = [row for row in rows if row["threads"] == threads]
        name = "One thread" if threads == 1 else f"{threads} threads"
        parts.append(f"\n## {name}\n\n{table(chosen)}\n{_notes(chosen)}")
    if results.get("growth"):
        parts.append(GROWTH)
    parts.append(f"\n## The machine\n\n{about(machine)}")
    return "".join(parts)


def about(machine: Row) -> str:
    """Processor, features, versions."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; "
        f"{', '.join(machine['features'])}.\n"
        f"Paths of products: {', '.join(machine['paths'])}.\n"
        f"{versions}.\n"
    )


def table(rows: Sequence[Row]) -> str:
    """Measured rows, then gaps."""
    head = [
        "row",
        "work",
        "against",
        "target",
        "found",
        "spread",
        "by processor",
        "ours ms",
        "theirs ms",
        "load",
        "met",
    ]
    measured = [_line(row) for row in rows if "gap" not in row]
    missing = [[f"`{row['row']}`", row["work"], row["gap"]] for row in rows if "gap" in row]
    text = _table(head, measured) if measured else ""
    if missing:
        text += "\n" + _table(["row", "work", "gap"], missing)
    return text


def _line(row: Row) -> list[str]:
    met = {True: "yes", False: "**no**", None: "-"}[row["met"]]
    head = [f"`{row['row']}`", row["work"], row["peer"] or "-", _target(row), _value(row)]
    if "ours_ms" not in row:
        return [*head, "-", "-", "-", "-", f"{row['load']}", met]
    processor = f"{row['processor']:.3g}x" if row["threads"] == 1 else "-"
    times = [f"{median(row[side]):,.3g}" for side in ("ours_ms", "theirs_ms")]
    spread = f"{row['least']:.3g} to {row['largest']:.3g}"
    return [*head, spread, processor, *times, f"{row['load']}", met]


def _target(row: Row) -> str:
    if row["target"] is None:
        return "-"
    if row["kind"] == Kind.FASTER.value:
        return f"{row['target']:g}x"
    return f"< {row['target']:g} {_unit(row)}"


def _value(row: Row) -> str:
    if row["kind"] == Kind.FASTER.value:
        return f"{row['value']:.3g}x"
    return (
        f"{row['value']:,.3g} {_unit(row)}"
        if row["value"] < 100
        else f"{row['value']:,.0f} {_unit(row)}"
    )


def _unit(row: Row) -> str:
    return "s" if row["kind"] == Kind.SECONDS.value else "MB"


def _notes(rows: Iterable[Row]) -> str:
    lines = []
    for row in rows:
        told = [text for text in (row.get("note"), row.get("checked")) if text]
        if told:
            each = ""
            if row.get("items") and row["kind"] == Kind.FASTER.value:
                each = _each(row)
            lines.append(f"- `{row['row']}`: {'; '.join(told)}{each}.\n")
    return "".join(lines)


def _each(row: Row) -> str:
    ours, theirs = (row[f"{side}_processor_ms"] / row["items"] for side in ("ours", "theirs"))
    return f"; processor time of one: {ours:.3g} ms, theirs {theirs:.3g} ms"


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
