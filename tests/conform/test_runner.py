"""Runs: chains, controls, counts, shards, withdrawn cases, devices without a channel."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fxcaps.conform import (
    Call,
    Code,
    Device,
    Executable,
    Finding,
    Function,
    Pipe,
    Question,
    Reply,
    Result,
    Shard,
    Status,
    Verdict,
    choose,
    conduct,
    report,
    run,
)
from fxcaps.conform.control import controls
from fxcaps.conform.judge import judge
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.evaluate import evaluate
from fxcaps.vectors.files import VectorSet, open_set
from fxcaps.vectors.pick import Asked
from tests.conform.build import OP, PROFILE, SETUP, STEM, command, edge


def spec(call: Call) -> Any:
    """The specification as a device."""
    words = {port: array.ravel().tolist() for port, array in call.inputs.items()}
    made = evaluate(call.block.setup, words, image=call.image)
    if made.reject:
        raise Rejection(made.reject, "")
    return made.words


def verdicts(result: Result) -> dict[str, int]:
    return {verdict.value: count for verdict, count in result.counts().items() if count}


def test_everything(vectors: VectorSet) -> None:
    """Given the specification, when asked all of an operation, then nothing differs."""
    result = run(spec, OP, profile=PROFILE, vectors=vectors.root)
    assert (result.code, result.accounts()) == (Code.CONFORMANT, [])
    recorded = sum(entry.cases for entry in vectors.entries)
    assert verdicts(result) == {"pass": recorded - 2, "not applicable": 2}
    assert [f.id for f in result.findings if f.verdict is Verdict.NOT_APPLICABLE] == [
        f"{STEM}.reject.above-x",
        f"{STEM}.reject.below-x",
    ]
    # two controls a case with an answer, and one for each of eleven checkpoints
    assert result.controls == (2 * (recorded - 3) + 11, 2 * (recorded - 3) + 11)


def test_an_executable_of_many_setups(vectors: VectorSet) -> None:
    """Given a device that is told the setup, when asked everything, then all of it, fed back."""
    selection = choose(vectors, op=OP, profile=PROFILE)
    result = conduct(Executable(command("right", "lines")), selection)
    assert (result.code, result.device) == (Code.CONFORMANT, "right")
    assert verdicts(result) == {"pass": selection.recorded - 2, "not applicable": 2}


def test_a_device_without_rejections(vectors: VectorSet) -> None:
    """Given a device that says that it cannot reject, when asked, then those do not apply."""
    selection = choose(vectors, op=OP, profile=PROFILE, tier="smoke")
    result = conduct(Executable(command("has no rejections", "lines")), selection)
    why = "the device has no channel for rejections"
    assert result.code is Code.CONFORMANT
    assert [f.id.rsplit(".", 1)[1] for f in result.findings if f.why == why] == [
        *("output-range", "lowest-range", "output-sign", "lowest-sign")
    ]


def test_rejections_alone_prove_nothing(vectors: VectorSet) -> None:
    """Given only rejections and a device without a channel, when asked, then no verdict."""
    selection = choose(vectors, op=OP, profile=PROFILE, kind="reject")
    result = conduct(Function(spec, rejects=False), selection)
    assert (result.code, result.accounts()) == (Code.NO_VERDICT, ["nothing was compared"])
    assert verdicts(result) == {"not applicable": 6}


def wrong_at(step: int) -> Device:
    """A device that gives one wrong word, in a step of its chain."""
    seen = []

    def function(call: Call) -> Any:
        made = spec(call)
        seen.append(made)
        if len(seen) == step:
            made["out"][0] ^= 1
        return made

    return Function(function)


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (1, "steps 1 to 1: expected CRC "),
        (6, "steps 5 to 8: expected CRC "),
        (1000, "steps 513 to 1024: expected CRC "),
    ],
)
def test_chains(step: int, line: str, vectors: VectorSet) -> None:
    """Given one wrong bit in a chain, when asked, then the steps that it is among."""
    selection = choose(vectors, op=OP, profile=PROFILE, kind="chain")
    result = conduct(wrong_at(step), selection)
    (finding,) = result.findings
    assert (result.code, finding.verdict) == (Code.MISMATCH, Verdict.MISMATCH)
    assert finding.why.startswith(line)
    assert report(result, "0", "my set")["cases"][0]["repro"] == (
        f"fxcaps repro {finding.id} --step {line.split()[1]} --set 'my set'"
    )


@pytest.mark.parametrize(
    ("words", "verdict", "line"),
    [
        ([1] * 12, Verdict.MISMATCH, "steps 1 to 1: expected CRC "),
        ([1] * 11, Verdict.FAILED, "step 1: out: expected shape (12,), found (11,)"),
        ([128] * 12, Verdict.MISMATCH, "step 1: 128 is no word of s8f4"),
    ],
)
def test_words_of_chains(
    words: Sequence[int], verdict: Verdict, line: str, vectors: VectorSet
) -> None:
    """Given a step with wrong words, when asked, then its verdict and line."""
    selection = choose(vectors, op=OP, profile=PROFILE, kind="chain")
    (finding,) = conduct(Function(lambda call: words), selection).findings
    assert finding.verdict is verdict
    assert finding.why.startswith(line)


def test_a_pipe_has_no_chains(vectors: VectorSet) -> None:
    """Given the first setup of a pipe, when asked, then other setups are counted apart."""
    selection = choose(vectors, op=OP, profile=PROFILE, setup=SETUP, single=True)
    result = conduct(Pipe(command("right", "pipe")), selection)
    assert (result.code, verdicts(result)) == (Code.CONFORMANT, {"pass": 4})
    assert selection.other_setups == selection.recorded - 4
    chains = choose(vectors, op=OP, profile=PROFILE, kind="chain")
    result = conduct(Pipe(command("right", "pipe")), chains)
    assert (result.code, verdicts(result)) == (Code.NO_VERDICT, {"not applicable": 1})


def test_shards(vectors: VectorSet) -> None:
    """Given three shards, when run, then together every case once, and each reconciled."""
    seen: list[str] = []
    for number in (1, 2, 3):
        shard = Shard.parse(f"{number}/3")
        selection = choose(vectors, op=OP, profile=PROFILE, tier="smoke", shard=shard)
        result = conduct(Function(spec), selection)
        assert (result.code, result.accounts()) == (Code.CONFORMANT, [])
        assert abs(3 * len(result.findings) - selection.recorded) <= 2
        seen += [finding.id for finding in result.findings]
    whole = choose(vectors, op=OP, profile=PROFILE, tier="smoke")
    assert sorted(seen) == sorted(f.id for f in conduct(Function(spec), whole).findings)


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3"])
def test_no_shard(text: str) -> None:
    """Given what is no shard, when read, then it is rejected."""
    with pytest.raises(Rejection) as caught:
        Shard.parse(text)
    assert str(caught.value) == (
        f"PARAMETER_INVALID: a shard is i/n with 1 <= i <= n, found {text!r}"
    )


def test_an_empty_shard(vectors: VectorSet) -> None:
    """Given more shards than cases, when one is empty, then it is no success."""
    with pytest.raises(Rejection) as caught:
        choose(vectors, op=OP, profile=PROFILE, kind="chain", shard=Shard(2, 2))
    assert str(caught.value) == "NAME_UNKNOWN: shard 2/2 of 1 cases is empty"


def test_withdrawn_cases(vectors: VectorSet, tmp_path: Path) -> None:
    """Given a withdrawn case, when a device differs there, then it does not count."""
    shutil.copytree(vectors.root, tmp_path / "set")
    withdrawn = [{"id": f"{STEM}.edge.ties-{SETUP}", "set": "0.1.1", "reason": "a misprint"}]
    errata = {"kind": "fxcaps-errata", "version": 1, "withdrawn": withdrawn}
    (tmp_path / "set" / "ERRATA.json").write_text(json.dumps(errata), "ascii")
    result = conduct(Pipe(command("truncates", "pipe")), edge(open_set(tmp_path / "set")))
    first, *others = result.findings
    assert (first.verdict, first.why) == (Verdict.NOT_APPLICABLE, "withdrawn: a misprint")
    assert {finding.verdict for finding in others} == {Verdict.MISMATCH}


def case_of(found: VectorSet, index: int = 0) -> Asked:
    return edge(found).chosen[0].pick.cases[index]


def test_controls_are_told(vectors: VectorSet) -> None:
    """Given right and wrong replies, when controlled, then every wrong answer is told."""
    outputs, case = edge(vectors).chosen[0].block.outputs, case_of(vectors)
    right = Reply(0, Status.WORDS, case.out)
    wrong = Reply(0, Status.WORDS, {"out": [0] * 16})
    assert controls(case, right, outputs) == (2, 2)
    assert controls(case, wrong, outputs) == (2, 2)
    rejected = replace(case, out={}, reject="NEGATIVE_ROOT")
    assert controls(rejected, Reply(0, Status.REJECT, reason="NEGATIVE_ROOT"), outputs) == (2, 2)


def test_a_comparison_that_cannot_fail(vectors: VectorSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a comparison that is broken, when a device is asked, then the control tells it."""

    def lenient(setup: str, case: Asked, reply: Reply, outputs: Any) -> Finding:  # noqa: ARG001
        return Finding(case.id, setup, Verdict.PASS, reply=reply)

    monkeypatch.setattr("fxcaps.conform.control.judge", lenient)
    monkeypatch.setattr("fxcaps.conform.runner.judge", lenient)
    result = conduct(Pipe(command("truncates", "pipe")), edge(vectors))
    assert verdicts(result) == {"pass": 4}
    assert result.code is Code.NO_VERDICT
    assert result.accounts() == ["the comparison told 0 of 8 wrong answers"]


def test_counts_that_do_not_add_up(vectors: VectorSet) -> None:
    """Given a case that got lost or was counted twice, when reconciled, then no verdict."""
    result = conduct(Function(spec), edge(vectors, single=False))
    recorded = result.selection.recorded
    lost = replace(result, findings=result.findings[1:])
    assert lost.code is Code.NO_VERDICT
    assert lost.accounts() == [f"the manifest records {recorded} cases, found {recorded - 1}"]
    twice = replace(result, findings=(*result.findings[1:], result.findings[1]))
    assert twice.code is Code.NO_VERDICT
    assert twice.accounts() == ["a case was counted twice"]


def test_the_worst_counts(vectors: VectorSet) -> None:
    """Given several verdicts, when a run ends, then the worst decides, a lost device first."""
    result = conduct(Function(spec), edge(vectors, single=False))

    def code(*found: Verdict) -> Code:
        findings = [
            replace(finding, verdict=verdict)
            for finding, verdict in zip(
                result.findings, (*found, *[Verdict.PASS] * 4), strict=False
            )
        ]
        return replace(result, findings=tuple(findings)).code

    assert code(Verdict.NOT_APPLICABLE) is Code.CONFORMANT
    assert code(Verdict.WAIVED) is Code.WAIVED
    assert code(Verdict.WAIVED, Verdict.SKIPPED) is Code.SKIPPED
    assert code(Verdict.WAIVED, Verdict.SKIPPED, Verdict.MISMATCH) is Code.MISMATCH
    assert code(Verdict.MISMATCH, Verdict.FAILED) is Code.NO_VERDICT


class Blind(Device):
    """A device that is not told the index of the sample."""

    adapter = "blind"

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        for question in questions:
            made = evaluate(self.block.setup, question.words)
            yield Reply(question.seq, Status.WORDS, made.words)


def test_images(published: VectorSet) -> None:
    """Given stochastic cases of a later sample, when not told so, then they do not apply."""
    selection = choose(published, op=OP, profile="by_stochastic")
    result = conduct(Blind(), selection)
    assert verdicts(result) == {"pass": 4, "not applicable": 4}
    assert verdicts(conduct(Function(spec), selection)) == {"pass": 8}


def test_a_verdict_for_each_reply(vectors: VectorSet) -> None:
    """Given replies, when judged, then exactly, and with the words that differ."""
    outputs, case = edge(vectors).chosen[0].block.outputs, case_of(vectors)
    words = list(case.out["out"])
    words[3] += 1
    found = judge(SETUP, case, Reply(0, Status.WORDS, {"out": words}), outputs)
    assert found.verdict is Verdict.MISMATCH
    assert [tuple(vars(item).values()) for item in found.differences] == [("out", 3, 4, 5)]
    rejected = replace(case, out={}, reject=Reason.OUTPUT_OUT_OF_RANGE.value)
    found = judge(SETUP, rejected, Reply(0, Status.WORDS, {"out": words}), outputs)
    assert (found.verdict, found.why) == (
        Verdict.MISMATCH,
        "expected rejection OUTPUT_OUT_OF_RANGE, found words",
    )
    other = Reply(0, Status.REJECT, reason="NEGATIVE_ROOT")
    found = judge(SETUP, rejected, other, outputs)
    assert found.why == "expected rejection OUTPUT_OUT_OF_RANGE, found rejection NEGATIVE_ROOT"
