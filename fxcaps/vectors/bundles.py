"""What an operation is tested under: profiles, its algorithms, and what tells modes apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from fxcaps.ops import Arithmetic, find_operation
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.profiles import Profile
from fxcaps.vectors.cases import ROOMS

OWN = "by_"
"""How bundles begin that are no profile; no profile has an underscore."""

GUARDS = f"{OWN}guards"
"""The bundle of what is rejected before a word is read, which hardly depends on a profile."""


@dataclass(frozen=True)
class Bundle:
    """One folder of an operation.

    Args:
        name: of the folder: a profile's, `by_` and an algorithm's, or that of special cases.
        digest: of the profile; empty where there is none.
        arithmetic: the choices.
        algorithm: the one that the cases are for, where it is not for a profile to choose.
        whole: whether there are cases of every kind, not special ones alone.
    """

    name: str
    digest: str
    arithmetic: Arithmetic
    algorithm: str = ""
    whole: bool = True


def bundles_of(operation: str, profiles: Sequence[Profile], *, own: bool = True) -> list[Bundle]:
    """The bundles of an operation, profiles first.

    Args:
        operation: its name.
        profiles: that are wanted.
        own: whether those are wanted that are no profile.
    """
    found = []
    if has_arithmetic(operation):
        found += [
            Bundle(profile.name, profile.digest, profile.arithmetic)
            for profile in profiles
            if _speaks_of(profile, operation)
        ]
    return found + (_own(operation) if own else [])


def _speaks_of(profile: Profile, operation: str) -> bool:
    """Whether a profile has choices for an operation; for a composite those of its parts count."""
    composite = bool(find_operation(operation).roles)
    return not profile.arithmetic.closed or composite or profile.arithmetic.names(operation)


def has_arithmetic(operation: str) -> bool:
    """Whether a profile can decide anything about an operation."""
    descriptor = find_operation(operation)
    if descriptor.roles:
        return True
    names = {field.name for cls in descriptor.algorithms for field in fields(cls)}
    return bool(names - descriptor.structure)


def _own(operation: str) -> list[Bundle]:
    descriptor, special = find_operation(operation), ROOMS[operation].special
    found = []
    for cls in descriptor.algorithms:
        if cls.algorithm:
            fitted = issubclass(cls, FittedParameters)
            choices = {operation: cls.algorithm} if fitted else {}
            arithmetic = Arithmetic(algorithms=choices)
            found.append(Bundle(f"{OWN}{cls.algorithm}", "", arithmetic, cls.algorithm))
    names = {bundle.name for bundle in found}
    alone = [GUARDS, *(name for name in special if name.startswith(OWN) and name not in names)]
    return found + [Bundle(name, "", Arithmetic(), whole=False) for name in alone]
