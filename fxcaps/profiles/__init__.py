"""Profiles: named bundles of parameters, one JSON file each, with their digests."""

from fxcaps.profiles.compare import Difference, differences, flat
from fxcaps.profiles.entry import Entry
from fxcaps.profiles.profile import Profile, Status, profile_digest, read_profile
from fxcaps.profiles.store import load_profile, published

__all__ = [
    "Difference",
    "Entry",
    "Profile",
    "Status",
    "differences",
    "flat",
    "load_profile",
    "profile_digest",
    "published",
    "read_profile",
]
