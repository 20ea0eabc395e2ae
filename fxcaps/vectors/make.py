"""From an operation and a bundle to the lines of its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fxcaps.ops import find_operation
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.bundles import GUARDS, Bundle
from fxcaps.vectors.call import Setup, call_of
from fxcaps.vectors.cases import ROOMS, Desk, Draft
from fxcaps.vectors.cases.desk import Frame, count
from fxcaps.vectors.cases.rejects import rejects
from fxcaps.vectors.clauses import clauses_of, clauses_of_rejection
from fxcaps.vectors.evaluate import Outcome, chain, evaluate
from fxcaps.vectors.flags import FLAGS
from fxcaps.vectors.numbers import write_integers, write_words
from fxcaps.vectors.stream import Stream, seed_of

Json = dict[str, Any]

KIND, VERSION = "fxcaps-cases", 1

RANDOM = 6
"""Cases of a file of random words."""

CHAIN = 1024
"""Steps of a chain."""

MOST_TAPS = 64
"""Integers of one tap in a case; longer ones are left out."""

SMOKE = 64
"""Cases of an operation and a profile that the smoke tier has at most."""


class Kind(StrEnum):
    """Where the words of a file's cases come from."""

    EDGE = "edge"
    REJECT = "reject"
    EXHAUSTIVE = "exhaustive"
    RANDOM = "random"
    CHAIN = "chain"


class Tier(StrEnum):
    """What is run at every change, and what before a release."""

    SMOKE = "smoke"
    FULL = "full"


TIERS = {
    Kind.EDGE: Tier.SMOKE,
    Kind.REJECT: Tier.SMOKE,
    Kind.EXHAUSTIVE: Tier.FULL,
    Kind.RANDOM: Tier.FULL,
    Kind.CHAIN: Tier.FULL,
}
"""The tier of every file of a kind."""


@dataclass(frozen=True)
class CaseFile:
    """A file of cases.

    Args:
        operation: name and revision.
        bundle: name and, of a profile, digest.
        kind: of the cases.
        setups: in the order in which cases use them.
        cases: one object each.
    """

    operation: str
    revision: int
    bundle: str
    digest: str
    kind: Kind
    setups: tuple[Setup, ...]
    cases: tuple[Json, ...]

    @property
    def path(self) -> str:
        """Where it lies in its set."""
        return f"{self.operation}/{self.bundle}/{self.kind.value}.json"

    @property
    def tier(self) -> Tier:
        """When it is run."""
        return TIERS[self.kind]

    def header(self) -> Json:
        """Everything but setups and cases."""
        flags = sorted({flag for case in self.cases for flag in case["flags"]})
        return {
            "kind": KIND,
            "version": VERSION,
            "op": self.operation,
            "revision": self.revision,
            "profile": self.bundle,
            "profile_digest": self.digest,
            "cases_kind": self.kind.value,
            "tier": self.tier.value,
            "flags": {flag: FLAGS[flag] for flag in flags},
        }


def make_file(operation: str, bundle: Bundle, kind: Kind) -> CaseFile | None:
    """The file of an operation, a bundle and a kind; `None` where there is nothing to say."""
    desk = Desk(bundle.arithmetic, bundle.algorithm)
    stem = f"{operation}.{bundle.name}.{kind.value}"
    drafts = list(_drafts(operation, bundle, kind, desk, stem))
    if kind is Kind.CHAIN:
        made = [case for draft in drafts for case in _chain_cases(operation, draft, stem)]
        return _file(operation, bundle.name, bundle.digest, kind, drafts, made) if made else None
    return file_of_drafts(operation, bundle.name, bundle.digest, kind, drafts) if drafts else None


def file_of_drafts(
    operation: str, folder: str, digest: str, kind: Kind, drafts: Sequence[Draft]
) -> CaseFile:
    """Ask the specification every draft, each of which has a setup.

    Args:
        operation: its name.
        folder: in which the file lies.
        digest: of the profile; empty where there is none.
        kind: of the cases.
        drafts: at least one.
    """
    made = [_case(draft, f"{operation}.{folder}.{kind.value}") for draft in drafts]
    return _file(operation, folder, digest, kind, drafts, made)


def _file(
    operation: str,
    folder: str,
    digest: str,
    kind: Kind,
    drafts: Sequence[Draft],
    made: Sequence[Json],
) -> CaseFile:
    setups = {draft.setup.name: draft.setup for draft in drafts if draft.setup}
    _expect_unique([case["id"] for case in made])
    revision = find_operation(operation).revision
    return CaseFile(operation, revision, folder, digest, kind, tuple(setups.values()), tuple(made))


def choices(operation: str, bundle: Bundle) -> tuple[str, ...]:
    """What a bundle decides of an operation: the setups of its edge cases.

    Two profiles with equal choices have equal cases, and the set holds those of the first.
    """
    desk = Desk(bundle.arithmetic, bundle.algorithm)
    found = _drafts(operation, bundle, Kind.EDGE, desk, "")
    return tuple(draft.setup.key for draft in found if draft.setup)


def _drafts(operation: str, bundle: Bundle, kind: Kind, desk: Desk, stem: str) -> Iterator[Draft]:
    """What can be asked; drafts whose formats the algorithm does not take are left out."""
    room = ROOMS[operation]
    made: Iterable[Draft] = ()
    if kind is Kind.EDGE:
        made = room.edges(desk) if bundle.whole else ()
        yield from (draft for draft in made if draft.setup)
        made = room.special[bundle.name](desk) if bundle.name in room.special else ()
    elif kind is Kind.REJECT:
        guards = bundle.name == GUARDS
        if bundle.whole or guards:
            algorithm = bundle.algorithm or find_operation(operation).algorithms[0].algorithm
            made = rejects(desk, room.frames(algorithm)[0], stem, guards=guards)
    elif bundle.whole:
        frames = room.frames(bundle.algorithm)
        if kind is Kind.EXHAUSTIVE:
            made = room.exhaustive(desk)
        elif kind is Kind.RANDOM:
            made = _random(desk, frames, stem, RANDOM)
        else:
            made = _random(desk, frames[:1], stem, 1)
    yield from (draft for draft in made if draft.setup)


def _random(desk: Desk, frames: Sequence[Frame], stem: str, number: int) -> Iterator[Draft]:
    for k in range(number):
        frame = frames[k % len(frames)]
        slug = f"{frame.name}-{k // len(frames)}"
        stream = Stream(f"{stem}.{slug}")
        words = {
            port: stream.words(given.format, count(given.shape))
            for port, given in frame.inputs.items()
        }
        yield desk.draft(slug, frame, words)


def _case(draft: Draft, stem: str) -> Json:
    assert draft.setup is not None  # noqa: S101 - drafts without one were left out
    taps = stem.endswith(f".{Kind.EDGE.value}")
    outcome = evaluate(draft.setup, draft.words, image=draft.image, taps=taps)
    if draft.reject not in (None, outcome.reject):
        raise Rejection(
            Reason.DATA_INVALID,
            f"{stem}.{draft.slug}: expected {draft.reject}, found {outcome.reject}",
        )
    case = _asked(draft, stem)
    return case | answer(draft.setup, case, outcome)


def _asked(draft: Draft, stem: str) -> Json:
    """What a device is given."""
    assert draft.setup is not None  # noqa: S101 - likewise
    case: Json = {
        "id": f"{stem}.{draft.slug}",
        "setup": draft.setup.name,
        "flags": sorted(set(draft.flags)),
        "in": words_json(draft.setup.inputs, draft.words),
    }
    return case | ({"image": draft.image} if draft.image else {})


def words_json(tensors: Json, words: Any) -> Json:
    """Words by port, each as its format asks."""
    return {
        port: write_words(words[port], _written_format(tensors[port]["format"])) for port in words
    }


def _written_format(text: str) -> Format:
    """The format that words are written in; of an invalid text, that of small integers."""
    try:
        return Format.parse(text)
    except Rejection:
        return Format(True, 32, 0)


def answer(setup: Setup, case: Json, outcome: Outcome) -> Json:
    """What the specification gives: words, events, taps and clauses, or a reason and clauses."""
    if outcome.reject is not None:
        clauses = clauses_of_rejection(setup.params["op"], outcome.reject)
        return {"reject": outcome.reject.value, "clauses": clauses}
    given = {
        port: [int(w, 16) if isinstance(w, str) else w for w in case["in"][port]]
        for port in case["in"]
    }
    taps = {name: found for name, found in outcome.taps.items() if len(found) <= MOST_TAPS}
    return {
        "out": words_json(setup.outputs, outcome.words),
        "events": outcome.events,
        "clauses": clauses_of(call_of(setup).params, given, outcome.events),
    } | ({"taps": write_integers(taps)} if taps else {})


def _chain_cases(operation: str, draft: Draft, stem: str) -> Iterator[Json]:
    """The chain of a draft; none where the specification rejects one of its steps."""
    assert draft.setup is not None  # noqa: S101 - likewise
    room = ROOMS[operation]
    case = _asked(draft, stem)
    seed = seed_of(case["id"])
    try:
        crcs = list(
            chain(
                draft.setup,
                draft.words,
                feed=room.feed,
                source=room.source,
                steps=CHAIN,
                seed=seed,
            )
        )
    except Rejection:
        return
    yield case | {
        "flags": ["STATE_CARRY_OVER"],
        "feed": room.feed,
        "from": room.source,
        "steps": CHAIN,
        "seed": f"{seed:08x}",
        "checkpoints": [[step, f"{crc:08x}"] for step, crc in crcs],
        "clauses": clauses_of(call_of(draft.setup).params, {}, {}),
    }


def _expect_unique(ids: Sequence[str]) -> None:
    for name in ids:
        if ids.count(name) > 1:
            raise Rejection(Reason.DATA_INVALID, f"two cases are named {name}")
