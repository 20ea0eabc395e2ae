"""The page of a certificate: text and tables around its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from fxcaps.allocate import Certificate
from fxcaps.allocate.reasons import changed, reasons

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#222;max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}p.note{color:#555}
table{border-collapse:collapse;font-size:13px}td,th{padding:.18rem .6rem;text-align:left;
border-bottom:1px solid #e2e2e2;vertical-align:top}td.n,th.n{text-align:right;
font-variant-numeric:tabular-nums}code{font-size:12px;overflow-wrap:anywhere}
svg{max-width:100%;height:auto}.scroll{overflow-x:auto}
"""

_FIGURES = {
    "widths": ("Widths", "Bits of the words of every tensor, in the order of the schedule."),
    "ranges": (
        "Ranges against formats",
        "A mark beyond its bar is clipped; bar to its right is headroom that is not used.",
    ),
    "quality": (
        "Noise, clipping, events",
        (
            "Signal-to-quantisation-noise ratio of each format on the calibrated values, the share "
            "of them that its bound clips, and words that did not fit on the validation images."
        ),
    ),
    "sensitivity": (
        "Sensitivity",
        "Error of the class scores when one tensor alone has so many bits.",
    ),
    "search": (
        "Search and Pareto front",
        (
            "Evaluations that saw all validation images; the line joins those that none beats in "
            "both memory and accuracy."
        ),
    ),
    "confusion": (
        "Floats against integers",
        "Validation images by the class that floats (rows) and words (columns) put them in.",
    ),
}


def page(certificate: Certificate, other: Certificate | None, figures: Mapping[str, str]) -> str:
    """One HTML document.

    Args:
        certificate: what it is about.
        other: what it is compared with.
        figures: SVG elements by name.
    """
    content = certificate.content
    title = escape(f"{content['network']}: widths by {content['method']}")
    parts = [f"<h1>{title}</h1>", _summary(certificate, other)]
    if other is not None:
        parts.append(_changes(certificate, other))
    for name, (head, text) in _FIGURES.items():
        if name in figures:
            parts.append(f"<h2>{head}</h2><p class=note>{text}</p>")
            parts.append(f'<div class=scroll role="img" aria-label="{head}">{figures[name]}</div>')
    parts += ["<h2>Why each tensor has its width</h2>", _why(certificate), _basis(content)]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>\n{body}\n</body></html>\n"
    )


def _figures_of(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    accuracy, total = content["accuracy"], content["accuracy"]["images"]
    words, floats, loss = accuracy["words"], accuracy["float"], accuracy["loss"]
    low, high = (100 * end for end in loss["interval"])
    made = [
        ("outcome", content["outcome"]),
        ("tolerance", f"{content['tolerance']} points, {content['needed']} of {total} images"),
        ("right in floats", _share(floats, total)),
        ("right in words", _share(words, total)),
        (
            "loss",
            (
                f"{100 * (loss['lost'] - loss['gained']) / total:.2f} points "
                f"({low:.2f} to {high:.2f}): {loss['lost']} images lost, {loss['gained']} gained"
            ),
        ),
    ]
    for name, cost in content["cost"].items():
        for what in ("weights", "activations"):
            found = cost[what]
            made.append(
                (
                    f"{what}, counted as {name}",
                    (
                        f"{found['bits'] / 8000:,.1f} kB, {found['reduction']:.2f}x smaller than "
                        "32-bit floats"
                    ),
                )
            )
    cost = content["cost"]["program"]
    made += [
        ("largest live memory", f"{cost['peak_bits'] / 8000:,.1f} kB"),
        ("bit operations", f"{cost['bit_operations']:,} for {cost['macs']:,} multiply-accumulates"),
        (
            "search",
            (
                f"{content['evaluations']} evaluations, {content['macs_executed'] / 1e9:,.2f} "
                f"thousand million multiply-accumulates, {content['seconds']:,.0f} s"
            ),
        ),
    ]
    return made


def _share(found: Mapping[str, Any], total: int) -> str:
    low, high = (100 * end for end in found["interval"])
    return f"{found['correct']} of {total} ({low:.2f} to {high:.2f} %)"


def _summary(certificate: Certificate, other: Certificate | None) -> str:
    rows = _figures_of(certificate.content)
    if other is None:
        return _table(("", ""), rows)
    theirs = dict(_figures_of(other.content))
    head = ("", "this", "the other")
    return _table(head, [(name, text, theirs.get(name, "")) for name, text in rows])


def _changes(certificate: Certificate, other: Certificate) -> str:
    rows = [
        (name, str(now), str(then)) for name, now, then in changed(certificate.widths, other.widths)
    ]
    head = "<h2>What changed</h2>"
    basis = [
        (name, str(value), str(other.content["basis"].get(name)))
        for name, value in certificate.content["basis"].items()
        if other.content["basis"].get(name) != value
    ]
    if not rows and not basis:
        return f"{head}<p>Nothing: the same widths on the same basis.</p>"
    found = _table(("tensor", "bits", "bits of the other"), rows) if rows else "<p>No width.</p>"
    return head + found + (_table(("basis", "this", "the other"), basis) if basis else "")


def _why(certificate: Certificate) -> str:
    widths, formats = certificate.widths, certificate.content["formats"]
    rows = [
        (name, str(widths[name]), formats[name], text)
        for name, text in reasons(certificate).items()
    ]
    return _table(("tensor", "bits", "format", "why"), rows)


def _basis(content: Mapping[str, Any]) -> str:
    rows = [(name, str(value)) for name, value in content["basis"].items()]
    rows.append(("program", content["program"]))
    return "<h2>Basis</h2>" + _table(("", ""), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head) if any(head) else ""
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<div class=scroll><table>{f'<tr>{top}</tr>' if top else ''}{body}</table></div>"
