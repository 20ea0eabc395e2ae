"""A certificate as text: what it comes to, and why each tensor has its width."""

from __future__ import annotations

from typing import Any

from fxcaps.allocate import Certificate
from fxcaps.allocate.reasons import reasons
from fxcaps.cli.report import table


def summary(certificate: Certificate) -> str:
    """Outcome, widths, costs, accuracy."""
    content = certificate.content
    accuracy, cost = content["accuracy"], content["cost"]["program"]
    words, floats, loss = accuracy["words"], accuracy["float"], accuracy["loss"]
    total = accuracy["images"]
    low, high = (100 * end for end in loss["interval"])
    return "\n".join(
        [
            f"{content['method']}: {certificate.outcome}",
            table(
                ["tensor", "kind", "format", "bits"],
                [
                    [name, row["kind"], content["formats"][name], str(content["widths"][name])]
                    for name, row in content["tensors"].items()
                    if name in content["widths"]
                ],
            ),
            f"weights      {cost['weights']['reduction']:.2f}x smaller than 32-bit floats",
            f"activations  {cost['activations']['reduction']:.2f}x smaller",
            (
                f"accuracy     {words['correct']} of {total} validation images, floats "
                f"{floats['correct']}; loss {100 * (loss['lost'] - loss['gained']) / total:.2f} "
                f"points, {low:.2f} to {high:.2f} at {100 * accuracy['level']:g} %"
            ),
            (
                f"search       {content['evaluations']} evaluations, "
                f"{content['macs_executed'] / 1e9:.2f} thousand million multiply-accumulates"
            ),
        ]
    )


def explanation(certificate: Certificate) -> str:
    """A line a tensor."""
    rows: list[list[Any]] = [
        [name, str(certificate.widths[name]), text] for name, text in reasons(certificate).items()
    ]
    return table(["tensor", "bits", "why"], rows, text=True)
