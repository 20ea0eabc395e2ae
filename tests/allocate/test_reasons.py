"""Why a tensor has its width: the evaluation nearest to the answer that was refused."""

from __future__ import annotations

from typing import Any

from fxcaps.allocate import Certificate
from fxcaps.allocate.reasons import reasons
from tests.network.build import one_step_program

WIDTHS = {"conv.weight": 7, "conv": 7}


def asked(bits: int, correct: int) -> dict[str, Any]:
    """An evaluation of both tensors at so many bits, ended after 25 of 1,000 images."""
    widths = dict.fromkeys(WIDTHS, bits)
    record = {"widths": widths, "images": 25, "correct": correct, "failure": ""}
    return record | {"reference": None}


def test_the_nearest_refusal_is_told() -> None:
    """Given refusals at 4 and 6 bits of the same tensors, when explained, then 6 is named."""
    content = {
        "widths": WIDTHS,
        "tensors": {"conv.weight": {"kind": "constant"}, "conv": {"kind": "computed"}},
        "details": {},
        "path": [asked(4, 0), asked(6, 10)],
        "needed": 989,
        "accuracy": {"images": 1000},
    }
    told = "6 bits with another width changed were refused: 15 wrong of the first 25 images"
    found = reasons(Certificate(content, one_step_program()))
    assert found == dict.fromkeys(WIDTHS, f"{told}, 11 of all are allowed")
