"""The negative control: a comparison that cannot fail has proved nothing.

In every run, beside every case that has an answer, the same comparison is given wrong ones and
must tell them: the expected words with one bit turned, against the device's own reply or, where
that is wrong already, against the right one; a rejection for words; words for a rejection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fxcaps.conform.device import Reply, Status
from fxcaps.conform.judge import Verdict, judge
from fxcaps.types import Format, Reason
from fxcaps.vectors.pick import Asked
from fxcaps.vectors.stream import seed_of


def controls(case: Asked, reply: Reply, outputs: Mapping[str, Format]) -> tuple[int, int]:
    """How many wrong answers were given for a case, and how many of them were told."""
    made = _wrong_for_reason(case) if case.reject else _wrong_for_words(case, reply, outputs)
    told = [judge("", *pair, outputs).verdict is Verdict.MISMATCH for pair in made]
    return len(told), sum(told)


def _wrong_for_reason(case: Asked) -> list[tuple[Asked, Reply]]:
    other = next(reason for reason in Reason if reason.value != case.reject)
    return [
        (case, Reply(0, Status.REJECT, reason=other.value)),
        (case, Reply(0, Status.WORDS)),
    ]


def _wrong_for_words(
    case: Asked, reply: Reply, outputs: Mapping[str, Format]
) -> list[tuple[Asked, Reply]]:
    right = Reply(0, Status.WORDS, case.out)
    own = reply if judge("", case, reply, outputs).verdict is Verdict.PASS else right
    rejected = Reply(0, Status.REJECT, reason=Reason.OUTPUT_OUT_OF_RANGE.value)
    turned = _turned(case, outputs)
    return [(case, rejected)] + ([(turned, own)] if turned is not None else [])


def _turned(case: Asked, outputs: Mapping[str, Format]) -> Asked | None:
    """The case with one bit of its expected words turned, a place that its id decides."""
    places = [(port, index) for port in outputs for index in range(len(case.out[port]))]
    if not places:
        return None  # a tensor without words has nothing that can be wrong
    port, index = places[seed_of(case.id) % len(places)]
    words = list(case.out[port])
    words[index] ^= 1 << seed_of(f"{case.id}/bit") % outputs[port].width
    return replace(case, out=case.out | {port: words})
