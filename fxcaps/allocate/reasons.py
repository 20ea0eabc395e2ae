"""Why each tensor has its width, from what a certificate says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fxcaps.allocate.certificate import Certificate


def reasons(certificate: Certificate) -> dict[str, str]:
    """A sentence for every tensor whose width was chosen or follows.

    What is looked for in the search path: an evaluation of these widths with fewer bits in this
    tensor, and in as few others as there are, that was refused. Besides, where the method measured
    sensitivities, the error of the class scores at this width beside that of all tensors.
    """
    content = certificate.content
    widths: Mapping[str, int] = content["widths"]
    errors: Mapping[str, Mapping[str, float]] = content["details"].get("sensitivity", {})
    total = sum(_error(errors, name, widths) for name in errors)
    found = {}
    for name, row in content["tensors"].items():
        if name not in widths:
            continue
        if row["kind"] == "input":
            found[name] = "given from outside"
            continue
        parts = [_refusal(name, widths, content)]
        if name in errors and widths[name] == min(map(int, errors[name])):
            parts = ["the fewest bits that are considered"]
        if name in errors and total:
            share = _error(errors, name, widths) / total
            parts.append(f"{100 * share:.1f} % of the predicted error")
        found[name] = "; ".join(part for part in parts if part) or _other(name, errors)
    return found


def _error(
    errors: Mapping[str, Mapping[str, float]], name: str, widths: Mapping[str, int]
) -> float:
    return errors[name].get(str(widths[name]), 0.0)


def _other(name: str, errors: Mapping[str, Any]) -> str:
    if errors and name not in errors:
        return "follows from another tensor or its operation"
    return "one bit less was not asked for alone"


def _refusal(name: str, widths: Mapping[str, int], content: Mapping[str, Any]) -> str:
    """The evaluation nearest to the answer that was refused with this tensor narrower."""
    nearest: tuple[tuple[int, int], Mapping[str, Any]] | None = None
    for record in content["path"]:
        if not _refused(record, content) or record["widths"][name] >= widths[name]:
            continue
        moves = [abs(w - widths[n]) for n, w in record["widths"].items() if w != widths[n]]
        distance = len(moves), sum(moves)
        if nearest is None or distance < nearest[0]:
            nearest = distance, record
    if nearest is None:
        return ""
    (changes, _), record = nearest
    bits = record["widths"][name]
    others = {1: "", 2: " with another width changed"}.get(
        changes, f" with {changes - 1} other widths changed"
    )
    if record["failure"]:
        return f"{bits} bits{others}: {record['failure']}"
    wrong = record["images"] - record["correct"]
    allowed = content["accuracy"]["images"] - content["needed"]
    return (
        f"{bits} bits{others} were refused: {wrong} wrong of the first {record['images']} images, "
        f"{allowed} of all are allowed"
    )


def _refused(record: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    if record["reference"] is not None:
        return False
    rest: int = content["accuracy"]["images"] - record["images"]
    reachable: int = record["correct"] + rest
    return reachable < int(content["needed"])


def changed(one: Mapping[str, int], other: Mapping[str, int]) -> Iterable[tuple[str, int, int]]:
    """Tensors whose widths differ, with both."""
    return [(n, w, other[n]) for n, w in one.items() if n in other and other[n] != w]
