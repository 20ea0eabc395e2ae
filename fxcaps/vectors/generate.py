"""Whole sets: every operation under every bundle that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from fxcaps.profiles import Profile, load_profile, published
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.bundles import GUARDS, Bundle, bundles_of
from fxcaps.vectors.cases import ROOMS
from fxcaps.vectors.make import TIERS, CaseFile, Kind, Tier, choices, make_file

Progress = Callable[[int, int], None]
"""Called with files done and files in all."""


@dataclass(frozen=True)
class Wanted:
    """What a set is to have.

    Args:
        operations: their names; all for none.
        profiles: that are wanted.
        own: whether bundles are wanted that are no profile.
        tier: of the files; both for `None`.
    """

    operations: Sequence[str]
    profiles: Sequence[Profile]
    own: bool = True
    tier: Tier | None = None


@dataclass
class Plan:
    """The files of a set before they are made.

    Args:
        jobs: operation, bundle and kind of each.
        same: (operation, profile) -> the profile whose cases hold for it, too.
    """

    jobs: list[tuple[str, Bundle, Kind]] = field(default_factory=list)
    same: dict[tuple[str, str], str] = field(default_factory=dict)

    def files(self, progress: Progress | None = None) -> Iterator[CaseFile]:
        """Make them one by one; kinds without a case are left out."""
        for number, job in enumerate(self.jobs, start=1):
            made = make_file(*job)
            if made is not None:
                yield made
            if progress:
                progress(number, len(self.jobs))


def published_profiles() -> list[Profile]:
    """The package's profiles in the order in which they were published."""
    return [load_profile(name) for name in published()]


def plan(wanted: Wanted) -> Plan:
    """What files a set has; rejects operations without cases with `NAME_UNKNOWN`."""
    for name in wanted.operations:
        if name not in ROOMS:
            known = ", ".join(sorted(ROOMS))
            raise Rejection(Reason.NAME_UNKNOWN, f"no vectors of {name!r}; known: {known}")
    made = Plan()
    kinds = [kind for kind in Kind if wanted.tier in (None, TIERS[kind])]
    for operation in wanted.operations or sorted(ROOMS):
        seen: dict[tuple[str, ...], str] = {}
        for bundle in bundles_of(operation, wanted.profiles, own=wanted.own):
            chosen = choices(operation, bundle)
            if bundle.whole and bundle.digest:
                if not chosen:
                    continue  # a profile whose algorithm takes none of the formats
                if chosen in seen:
                    made.same[operation, bundle.name] = seen[chosen]
                    continue
                seen[chosen] = bundle.name
            made.jobs += [(operation, bundle, kind) for kind in _kinds(bundle, kinds)]
    return made


def _kinds(bundle: Bundle, kinds: Sequence[Kind]) -> list[Kind]:
    if bundle.whole:
        return list(kinds)
    return [kind for kind in kinds if kind is (Kind.REJECT if bundle.name == GUARDS else Kind.EDGE)]
