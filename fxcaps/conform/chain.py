"""Chains: a device fed with its own words, step after step, compared by checksums on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fxcaps.conform.device import Device, DeviceError, Question, Reply, Status
from fxcaps.conform.judge import REASONS, Finding, Verdict
from fxcaps.conform.select import Chain, Chosen
from fxcaps.vectors.call import call_of
from fxcaps.vectors.evaluate import feedback
from fxcaps.vectors.numbers import read_words

Checkpoints = Sequence[Sequence[Any]]
"""Pairs of a step and eight hexadecimal digits."""


class _Ended(Exception):  # noqa: N818 - a chain that ends early is a verdict
    """A step gave no words."""

    def __init__(self, verdict: Verdict, why: str) -> None:
        super().__init__(why)
        self.verdict = verdict


def follow(device: Device, chosen: Chosen, chain: Chain) -> Finding:
    """Ask a device a chain, up to the first checkpoint that is wrong.

    Raises `DeviceError` when the device is lost on the way.
    """
    setup, case = chosen.pick.setup, chain.case
    formats = chosen.block.inputs
    words = {port: read_words(case["in"][port], formats[port], chain.id) for port in formats}
    steps = 0

    def made(given: Mapping[str, Sequence[int]]) -> Sequence[int]:
        nonlocal steps
        steps += 1
        return _step(device, chosen, Question(steps, given), case["from"])

    crcs = feedback(
        call_of(setup),
        words,
        made,
        feed=case["feed"],
        source=case["from"],
        steps=case["steps"],
        seed=int(case["seed"], 16),
    )
    found: list[list[Any]] = []
    try:
        for step, crc in crcs:
            found.append([step, f"{crc:08x}"])
            wrong = first_wrong(case["checkpoints"], found)
            if wrong:
                begin = found[-2][0] + 1 if len(found) > 1 else 1
                return Finding(chain.id, setup.name, Verdict.MISMATCH, wrong, step=begin)
    except _Ended as ended:
        why = f"step {steps}: {ended}"
        return Finding(chain.id, setup.name, ended.verdict, why, step=steps)
    return Finding(chain.id, setup.name, Verdict.PASS)


def first_wrong(expected: Checkpoints, found: Checkpoints) -> str:
    """A line on the first checkpoint that differs; empty where none does."""
    right = 0
    for (step, wanted), (_, crc) in zip(expected, found, strict=False):
        if crc != wanted:
            return f"steps {right + 1} to {step}: expected CRC {wanted}, found {crc}"
        right = step
    return ""


def controls_of_chain(chain: Chain) -> tuple[int, int]:
    """Checkpoints with one bit turned, each of which must be told."""
    good = chain.case["checkpoints"]
    told = 0
    for place, (step, crc) in enumerate(good):
        turned = [*good[:place], [step, f"{int(crc, 16) ^ 1:08x}"], *good[place + 1 :]]
        told += bool(first_wrong(turned, good))
    return len(good), told


def _step(device: Device, chosen: Chosen, question: Question, source: str) -> Sequence[int]:
    """The words of a step; raises `_Ended` without."""
    reply = next(iter(device.ask([question])), None)
    if reply is None or reply.seq != question.seq:
        raise DeviceError(f"expected reply {question.seq}, found {reply and reply.seq}")
    words = _words(reply, source)
    format = chosen.block.outputs[source]
    size = (chosen.block.sizes or {})[source]
    if len(words) != size:
        raise _Ended(Verdict.FAILED, f"expected {size} words, found {len(words)}")
    for word in words:
        if not format.contains(word):
            raise _Ended(Verdict.MISMATCH, f"{word} is no word of {format}")
    return words


def _words(reply: Reply, source: str) -> Sequence[int]:
    if reply.status is Status.SKIP and reply.reason.strip():
        raise _Ended(Verdict.SKIPPED, reply.reason)
    if reply.status is Status.REJECT and reply.reason in REASONS:
        raise _Ended(Verdict.MISMATCH, f"expected words, found rejection {reply.reason}")
    if reply.status is not Status.WORDS or source not in reply.words:
        raise _Ended(Verdict.FAILED, reply.reason or "no words")
    return reply.words[source]
